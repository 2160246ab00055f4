package io.nestwalk.roots;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The {@link Shape} of tables, by a key that tells their address and their level, in two words
 * each: a machine of 1 TiB may have two million. So many are kept; one more, and all are forgotten.
 * For one thread.
 */
final class PackedShapes {

  /** The keys that are used: any but this. */
  private static final long FREE = -1;

  private static final int FIRST_BITS = 6;

  /** No table has more entries than 8192: 64 KiB of 8 bytes. */
  private static final int COUNT_BITS = 14;

  private static final long COUNT_MASK = (1L << COUNT_BITS) - 1;
  private static final int TABLES_SHIFT = 4 * COUNT_BITS;
  private static final long TABLES_MASK = (1L << (Long.SIZE - 1 - TABLES_SHIFT)) - 1;

  /** The shape did not fit: the low bits say where it stands among those. */
  private static final long WIDE = 1L << 63;

  /** Of so many shapes one may be of those that do not fit. */
  private static final int WIDE_SHARE = 8;

  /** Not known beforehand, so that no addresses can be chosen to fall together. */
  private static final long SCATTER = (System.nanoTime() * 0x9e37_79b9_7f4a_7c15L) | 1;

  private final long pageSize;
  private final int most;
  private final List<Shape> wide = new ArrayList<>();
  private long[] keys;
  private long[] values;
  private int shift;
  private int size;

  /**
   * No shapes.
   *
   * @param pageSize the size of the pages that lowest tables map
   * @param most how many are kept, at least 1
   */
  PackedShapes(long pageSize, int most) {
    this.pageSize = pageSize;
    this.most = most;
    allocate(FIRST_BITS);
  }

  /** How many shapes there are. */
  int size() {
    return size;
  }

  /** The place of a key's shape until the next one is put, or -1. */
  int find(long key) {
    int at = placeOf(key);
    return keys[at] == FREE ? -1 : at;
  }

  /** Adds the shape at a place to a tally. */
  void addTo(Tally tally, int place) {
    long value = values[place];
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
    if (size >= most) {
      forget();
    }
    long value = packed(tally);
    if (value == WIDE) {
      if (wide.size() > most / WIDE_SHARE) {
        forget();
      }
      value |= wide.size();
      wide.add(tally.shape());
    }
    if (size * 2 >= keys.length) {
      grow();
    }
    int at = placeOf(key);
    keys[at] = key;
    values[at] = value;
    size++;
  }

  private void forget() {
    Arrays.fill(keys, FREE);
    wide.clear();
    size = 0;
  }

  /** {@link #WIDE} for what does not fit. */
  private long packed(Tally tally) {
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

  private void allocate(int bits) {
    keys = new long[1 << bits];
    values = new long[1 << bits];
    shift = Long.SIZE - bits;
    Arrays.fill(keys, FREE);
  }

  private void grow() {
    long[] oldKeys = keys;
    long[] oldValues = values;
    allocate(Long.SIZE - shift + 1);
    for (int i = 0; i < oldKeys.length; i++) {
      if (oldKeys[i] != FREE) {
        int at = placeOf(oldKeys[i]);
        keys[at] = oldKeys[i];
        values[at] = oldValues[i];
      }
    }
  }

  /** Where a key stands, or the free place where it belongs. */
  private int placeOf(long key) {
    long[] all = keys;
    int at = (int) ((key * SCATTER) >>> shift);
    while (all[at] != key && all[at] != FREE) {
      at = (at + 1) & (all.length - 1);
    }
    return at;
  }
}
