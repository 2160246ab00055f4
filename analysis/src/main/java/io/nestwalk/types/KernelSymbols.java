package io.nestwalk.types;

import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;

/** Names of addresses of one kernel. */
public interface KernelSymbols {

  /** A kernel of whose symbols nothing is known. */
  KernelSymbols NONE =
      new KernelSymbols() {
        @Override
        public OptionalLong address(String name) {
          return OptionalLong.empty();
        }

        @Override
        public Optional<Symbol> at(long address) {
          return Optional.empty();
        }

        @Override
        public void forEach(Consumer<? super Symbol> visitor) {
          // None.
        }
      };

  /** The (first) address of this name. */
  OptionalLong address(String name);

  /** The last symbol that begins at or before {@code address}. */
  Optional<Symbol> at(long address);

  /** Visits every symbol, in no order that says anything; names may come more than once. */
  void forEach(Consumer<? super Symbol> visitor);
}
