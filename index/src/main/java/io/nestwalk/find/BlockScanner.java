package io.nestwalk.find;

/** Looks through a block of memory. */
@FunctionalInterface
interface BlockScanner {

  /** Is told matches. */
  @FunctionalInterface
  interface Sink {
    /**
     * A match.
     *
     * @param start its first byte in the block
     * @param length how many bytes
     * @param pattern the number of the pattern
     */
    void match(int start, int length, int pattern);
  }

  /**
   * Tells all matches that begin at {@code from} or later.
   *
   * @param block the bytes
   */
  void scan(Block block, int from, Sink sink);
}
