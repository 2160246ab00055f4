package io.nestwalk.symbols;

import io.nestwalk.types.KernelSymbols;
import io.nestwalk.types.Symbol;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;

/** The symbols of an ISF file, at the addresses that the kernel was linked for. */
final class IsfSymbols implements KernelSymbols {

  /** The file tells no types of symbols as {@code nm} has them. */
  private static final char UNKNOWN = '?';

  private final Map<String, Long> addresses;
  private Symbol[] ascending;

  IsfSymbols(Map<String, Long> addresses) {
    this.addresses = addresses;
  }

  @Override
  public OptionalLong address(String name) {
    Long address = addresses.get(name);
    return address == null ? OptionalLong.empty() : OptionalLong.of(address);
  }

  @Override
  public Optional<Symbol> at(long address) {
    if (ascending == null) {
      ascending =
          addresses.entrySet().stream()
              .map(entry -> new Symbol(entry.getKey(), UNKNOWN, entry.getValue()))
              .sorted(
                  Comparator.comparing(Symbol::address, Long::compareUnsigned)
                      .thenComparing(Symbol::name))
              .toArray(Symbol[]::new);
    }
    Symbol wanted = new Symbol("", UNKNOWN, address);
    int place =
        Arrays.binarySearch(
            ascending, wanted, (a, b) -> Long.compareUnsigned(a.address(), b.address()));
    int index = place >= 0 ? place : -place - 2;
    return index < 0 ? Optional.empty() : Optional.of(ascending[index]);
  }

  @Override
  public void forEach(Consumer<? super Symbol> visitor) {
    addresses.forEach((name, address) -> visitor.accept(new Symbol(name, UNKNOWN, address)));
  }
}
