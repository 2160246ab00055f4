package io.nestwalk.cli;

/** Memory comes and goes in pages of at least this size. */
final class Pages {

  private static final long SIZE = 4096;

  private Pages() {}

  /** How many bytes there are from {@code address} to the next page. */
  static long toNext(long address) {
    return SIZE - (address & SIZE - 1);
  }
}
