package io.nestwalk.linux.check;

import io.nestwalk.types.KernelSymbols;

/** How far it is from one symbol to the next. */
final class SymbolSpans {

  private SymbolSpans() {}

  /** The bytes from an address to the next symbol; 0 where there is none. */
  static long after(KernelSymbols symbols, long address) {
    long[] nearest = {Long.MAX_VALUE};
    symbols.forEach(
        symbol -> {
          long distance = symbol.address() - address;
          if (distance > 0 && distance < nearest[0]) {
            nearest[0] = distance;
          }
        });
    return nearest[0] == Long.MAX_VALUE ? 0 : nearest[0];
  }
}
