package io.nestwalk.linux;

import io.nestwalk.types.KernelSymbols;
import io.nestwalk.types.Symbol;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;

/**
 * A table of symbols, completed from another.
 *
 * @param own asked first
 * @param more asked for what the first lacks
 */
record CompletedSymbols(KernelSymbols own, KernelSymbols more) implements KernelSymbols {

  @Override
  public OptionalLong address(String name) {
    OptionalLong address = own.address(name);
    return address.isPresent() ? address : more.address(name);
  }

  /** The nearer of the two tables' answers. */
  @Override
  public Optional<Symbol> at(long address) {
    Optional<Symbol> first = own.at(address);
    Optional<Symbol> second = more.at(address);
    if (first.isEmpty() || second.isEmpty()) {
      return first.or(() -> second);
    }
    return Long.compareUnsigned(first.get().address(), second.get().address()) >= 0
        ? first
        : second;
  }

  /** All of the first table, then what only the other has. */
  @Override
  public void forEach(Consumer<? super Symbol> visitor) {
    own.forEach(visitor);
    more.forEach(
        symbol -> {
          if (own.address(symbol.name()).isEmpty()) {
            visitor.accept(symbol);
          }
        });
  }
}
