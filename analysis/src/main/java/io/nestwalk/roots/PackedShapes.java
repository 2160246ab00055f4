package io.nestwalk.roots;

import java.util.Arrays;

/**
 * The {@link Shape} of lowest-level tables, by their address, in two words each: a machine of 1 TiB
 * may have two million. For one thread.
 */
final class PackedShapes {

  private static final int FIRST = 1 << 6;

  /** No table has more entries than 8192: 64 KiB of 8 bytes. */
  private static final int COUNT_BITS = 14;

  private static final long COUNT_MASK = (1L << COUNT_BITS) - 1;

  /** The address that no aligned table has. */
  private static final long FREE = -1;

  /** Not known beforehand, so that no addresses can be chosen to fall together. */
  private static final long SCATTER = (System.nanoTime() * 0x9e37_79b9_7f4a_7c15L) | 1;

  private final long pageSize;
  private long[] tables = new long[FIRST];
  private long[] counts = new long[FIRST];
  private int size;

  /**
   * No shapes.
   *
   * @param pageSize the size of the pages that the tables map
   */
  PackedShapes(long pageSize) {
    this.pageSize = pageSize;
    Arrays.fill(tables, FREE);
  }

  /** How many shapes there are. */
  int size() {
    return size;
  }

  /** The shape of a table, or null. */
  Shape get(long table) {
    int at = placeOf(table, tables);
    return tables[at] == FREE ? null : unpacked(counts[at]);
  }

  /**
   * Keeps the shape of a table that has none yet.
   *
   * @return false for a shape that does not fit: one of a table that maps parts of pages
   */
  boolean put(long table, Shape shape) {
    long packed = packed(shape);
    if (!unpacked(packed).equals(shape)) {
      return false;
    }
    if (size * 2 >= tables.length) {
      grow();
    }
    int at = placeOf(table, tables);
    tables[at] = table;
    counts[at] = packed;
    size++;
    return true;
  }

  private static long packed(Shape shape) {
    return (shape.leaves() & COUNT_MASK)
        | ((shape.outside() & COUNT_MASK) << COUNT_BITS)
        | ((shape.absent() & COUNT_MASK) << (2 * COUNT_BITS))
        | ((shape.junk() & COUNT_MASK) << (3 * COUNT_BITS));
  }

  private Shape unpacked(long packed) {
    long leaves = packed & COUNT_MASK;
    return new Shape(
        1,
        leaves,
        leaves * pageSize,
        (packed >>> COUNT_BITS) & COUNT_MASK,
        (packed >>> (2 * COUNT_BITS)) & COUNT_MASK,
        (packed >>> (3 * COUNT_BITS)) & COUNT_MASK);
  }

  private void grow() {
    long[] oldTables = tables;
    long[] oldCounts = counts;
    tables = new long[oldTables.length * 2];
    counts = new long[tables.length];
    Arrays.fill(tables, FREE);
    for (int i = 0; i < oldTables.length; i++) {
      if (oldTables[i] != FREE) {
        int at = placeOf(oldTables[i], tables);
        tables[at] = oldTables[i];
        counts[at] = oldCounts[i];
      }
    }
  }

  /** Where a table stands, or the free place where it belongs. */
  private static int placeOf(long table, long[] places) {
    int at = (int) ((table * SCATTER) >>> 32) & (places.length - 1);
    while (places[at] != table && places[at] != FREE) {
      at = (at + 1) & (places.length - 1);
    }
    return at;
  }
}
