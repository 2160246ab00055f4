package io.nestwalk.linux.check;

import io.nestwalk.types.KernelSymbols;

/** How far it is from one symbol to the next. */
final class SymbolSpans {

  private SymbolSpans() {}

  /**
   * The bytes from an address to the next symbol. Found by halving: to go over all symbols would
   * expand the names of all.
   *
   * @param limit what is returned where the next is not nearer
   */
  static long after(KernelSymbols symbols, long address, long limit) {
    long none = 0;
    long next = limit;
    while (next - none > 1) {
      long middle = (none + next) >>> 1;
      boolean another =
          symbols
              .at(address + middle)
              .filter(symbol -> Long.compareUnsigned(symbol.address(), address) <= 0)
              .isEmpty();
      if (another) {
        next = middle;
      } else {
        none = middle;
      }
    }
    return next;
  }
}
