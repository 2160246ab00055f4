package io.nestwalk.linux;

import io.nestwalk.types.KernelSymbols;
import io.nestwalk.types.Symbol;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;

/**
 * Symbols of a kernel that runs elsewhere than it was linked for.
 *
 * @param linked the symbols at their linked addresses
 * @param first linked address of the kernel's image: what lies below does not move, such as the
 *     offsets of per-CPU variables
 * @param slide how far the image was moved
 */
record MovedSymbols(KernelSymbols linked, long first, long slide) implements KernelSymbols {

  @Override
  public OptionalLong address(String name) {
    OptionalLong address = linked.address(name);
    return address.isPresent() && isOfImage(address.getAsLong())
        ? OptionalLong.of(address.getAsLong() + slide)
        : address;
  }

  @Override
  public Optional<Symbol> at(long address) {
    return linked
        .at(address - slide)
        .filter(symbol -> isOfImage(symbol.address()))
        .map(symbol -> symbol.at(symbol.address() + slide));
  }

  @Override
  public void forEach(Consumer<? super Symbol> visitor) {
    linked.forEach(
        symbol ->
            visitor.accept(
                isOfImage(symbol.address()) ? symbol.at(symbol.address() + slide) : symbol));
  }

  private boolean isOfImage(long address) {
    return Long.compareUnsigned(address, first) >= 0;
  }
}
