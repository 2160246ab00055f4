package io.nestwalk.roots;

import io.nestwalk.paging.LongTable;
import java.util.ArrayList;
import java.util.List;

/**
 * The {@link Shape} of tables, by a key that tells their address and their level, in two words
 * each: a machine of 1 TiB may have two million. So many are kept; one more, and all are forgotten.
 * For one thread.
 */
final class PackedShapes {

  /** No table has more entries than 8192: 64 KiB of 8 bytes. */
  private static final int COUNT_BITS = 14;

  private static final long COUNT_MASK = (1L << COUNT_BITS) - 1;
  private static final int TABLES_SHIFT = 4 * COUNT_BITS;
  private static final long TABLES_MASK = (1L << (Long.SIZE - 1 - TABLES_SHIFT)) - 1;

  /** The shape did not fit: the low bits say where it stands among those. */
  private static final long WIDE = 1L << 63;

  /** Of so many shapes one may be of those that do not fit. */
  private static final int WIDE_SHARE = 8;

  private final long pageSize;
  private final int most;
  private final List<Shape> wide = new ArrayList<>();
  private final LongTable packed = LongTable.ofValues();

  /**
   * No shapes.
   *
   * @param pageSize the size of the pages that lowest tables map
   * @param most how many are kept, at least 1
   */
  PackedShapes(long pageSize, int most) {
    this.pageSize = pageSize;
    this.most = most;
  }

  /** How many shapes there are. */
  int size() {
    return packed.size();
  }

  /** The place of a key's shape until the next one is put, or {@link LongTable#ABSENT}. */
  int find(long key) {
    return packed.find(key);
  }

  /** Adds the shape at a place to a tally. */
  void addTo(Tally tally, int place) {
    long value = packed.value(place);
    if (value < 0) {
      tally.add(wide.get((int) value));
      return;
    }
    long leaves = value & COUNT_MASK;
    tally.tables += (value >>> TABLES_SHIFT) & TABLES_MASK;
    tally.leaves += leaves;
    tally.bytes += leaves * pageSize;
    tally.outside += (value >>> COUNT_BITS) & COUNT_MASK;
    tally.absent += (value >>> (2 * COUNT_BITS)) & COUNT_MASK;
    tally.junk += (value >>> (3 * COUNT_BITS)) & COUNT_MASK;
  }

  /** Keeps the shape of a key that has none yet. */
  void put(long key, Tally tally) {
    if (packed.size() >= most) {
      forget();
    }
    long value = valueOf(tally);
    if (value == WIDE) {
      if (wide.size() > most / WIDE_SHARE) {
        forget();
      }
      value |= wide.size();
      wide.add(tally.shape());
    }
    packed.put(key, value);
  }

  private void forget() {
    packed.clear();
    wide.clear();
  }

  /** {@link #WIDE} for what does not fit. */
  private long valueOf(Tally tally) {
    if (((tally.leaves | tally.outside | tally.absent | tally.junk) & ~COUNT_MASK) != 0
        || (tally.tables & ~TABLES_MASK) != 0
        || tally.bytes != tally.leaves * pageSize) {
      return WIDE;
    }
    return tally.leaves
        | (tally.outside << COUNT_BITS)
        | (tally.absent << (2 * COUNT_BITS))
        | (tally.junk << (3 * COUNT_BITS))
        | (tally.tables << TABLES_SHIFT);
  }
}
