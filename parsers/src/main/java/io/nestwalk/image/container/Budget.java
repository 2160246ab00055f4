package io.nestwalk.image.container;

import java.io.IOException;

/**
 * How many bytes may come out of all decoders of one layer together. Bounds the work that a
 * decompression bomb can cause, also where the bytes are skipped.
 */
final class Budget {

  private final long limit;
  private long used;
  private boolean exceeded;

  Budget(long limit) {
    this.limit = limit;
  }

  /** Takes bytes from the budget. */
  void take(long count) throws IOException {
    used += count;
    if (used > limit) {
      exceeded = true;
      throw new IOException("more than %d bytes come out".formatted(limit));
    }
  }

  /** Whether the limit was met; a decoder may hide the exception in one of its own. */
  boolean isExceeded() {
    return exceeded;
  }
}
