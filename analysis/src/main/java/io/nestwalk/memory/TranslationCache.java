package io.nestwalk.memory;

import io.nestwalk.paging.Mixing;
import java.util.Arrays;

/**
 * The last translations of a layer's pages: a direct-mapped cache. Threads may share one: an
 * entry's page number is kept mixed with its translation, so that halves which two threads wrote
 * fit no page.
 */
final class TranslationCache {

  /** No translation: what is not in the cache. */
  static final long MISSING = Long.MIN_VALUE;

  private static final int SLOTS = 1 << 12;
  private static final long EMPTY = -1;

  private final long[] pages = new long[SLOTS];
  private final long[] translations = new long[SLOTS];

  TranslationCache() {
    Arrays.fill(pages, EMPTY ^ Mixing.mixed(0));
  }

  /** The translation of a page, {@link #MISSING} when it is not kept. */
  long of(long page) {
    int slot = (int) page & (SLOTS - 1);
    long kept = translations[slot];
    return (pages[slot] ^ Mixing.mixed(kept)) == page ? kept : MISSING;
  }

  /** Keeps the translation of a page. */
  void keep(long page, long translation) {
    int slot = (int) page & (SLOTS - 1);
    pages[slot] = page ^ Mixing.mixed(translation);
    translations[slot] = translation;
  }
}
