package io.nestwalk.paging;

/** Masks as the manuals write them: bit ranges with both ends included. */
final class Bits {

  private Bits() {}

  /** Bit {@code n}. */
  static long bit(int n) {
    return 1L << n;
  }

  /** Bits {@code high}:{@code low}; none when {@code high} is below {@code low}. */
  static long range(int high, int low) {
    return high < low ? 0 : -1L >>> (63 - high) & -1L << low;
  }
}
