package io.nestwalk.windows.kernel;

import io.nestwalk.types.KernelSymbols;
import io.nestwalk.types.Symbol;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;

/**
 * Symbols at the addresses that the kernel has in this machine.
 *
 * @param distances what a symbol file has: distances from the image's first byte
 * @param image where that is
 */
record LoadedSymbols(KernelSymbols distances, KernelImage image) implements KernelSymbols {

  @Override
  public OptionalLong address(String name) {
    OptionalLong distance = distances.address(name);
    return distance.isPresent() && Long.compareUnsigned(distance.getAsLong(), image.size()) < 0
        ? OptionalLong.of(image.base() + distance.getAsLong())
        : OptionalLong.empty();
  }

  @Override
  public Optional<Symbol> at(long address) {
    return image.contains(address)
        ? distances
            .at(address - image.base())
            .map(found -> found.at(found.address() + image.base()))
        : Optional.empty();
  }

  @Override
  public void forEach(Consumer<? super Symbol> visitor) {
    distances.forEach(
        symbol -> {
          if (Long.compareUnsigned(symbol.address(), image.size()) < 0) {
            visitor.accept(symbol.at(symbol.address() + image.base()));
          }
        });
  }
}
