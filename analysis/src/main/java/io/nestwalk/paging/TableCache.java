package io.nestwalk.paging;

import java.util.Arrays;
import java.util.List;

/**
 * The tables of one level that a walk met last, by the input-address bits that lead to them: what
 * processors call a paging-structure cache. Direct-mapped. Memory does not change under a walk, so
 * that nothing is ever taken out but by what comes after it.
 *
 * <p>Threads may share one without a lock: a prefix is kept mixed with the table that belongs to it
 * ({@link Mixing#mixed}), so that halves which two threads wrote fit nothing.
 */
final class TableCache {

  /** No table: they are aligned to 64 bytes at least. */
  static final long NONE = -1;

  private static final int NO_PREFIX_BITS = 63;

  private final int prefixShift;
  private final long[] prefixes;
  private final long[] tables;

  /**
   * An empty cache.
   *
   * @param levels a mode's levels
   * @param level the level whose tables are kept; the root's is not worth it
   * @param slots how many are kept, a power of two
   */
  TableCache(List<Level> levels, int level, int slots) {
    prefixes = new long[slots];
    tables = new long[slots];
    prefixShift = level > 0 ? levels.get(level - 1).shift() : NO_PREFIX_BITS;
    Arrays.fill(prefixes, NONE ^ Mixing.mixed(0));
  }

  /** The table that {@code address} leads to, or {@link #NONE}. */
  long find(long address) {
    long prefix = address >>> prefixShift;
    int slot = (int) prefix & (prefixes.length - 1);
    long table = tables[slot];
    return (prefixes[slot] ^ Mixing.mixed(table)) == prefix ? table : NONE;
  }

  /** Keeps the table that {@code address} leads to. */
  void keep(long address, long table) {
    long prefix = address >>> prefixShift;
    int slot = (int) prefix & (prefixes.length - 1);
    prefixes[slot] = prefix ^ Mixing.mixed(table);
    tables[slot] = table;
  }
}
