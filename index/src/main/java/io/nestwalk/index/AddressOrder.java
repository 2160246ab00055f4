package io.nestwalk.index;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.BitSet;
import org.apache.lucene.util.IntroSorter;

/**
 * The runs of a block in the order of one of their addresses, and how far those before reach: what
 * meets an address or a range is found without looking at all. Runs may overlap in any way.
 *
 * <p>Stored as the number of runs that have such an address (4 bytes), their rows in the order of
 * the address (2 bytes each), and for every {@link #GROUP} of them the highest last address of all
 * from the first to the last of that group (8 bytes each).
 */
final class AddressOrder {

  private static final int GROUP = 256;

  private static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfChar CHAR =
      ValueLayout.JAVA_CHAR_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final MemorySegment bytes;
  private final PackedColumn first;
  private final PackedColumn length;
  private final int rows;
  private final int count;
  private final long order;
  private final long reaches;

  private AddressOrder(
      MemorySegment bytes, long at, int rows, PackedColumn first, PackedColumn length)
      throws IOException {
    this.bytes = bytes;
    this.first = first;
    this.length = length;
    this.rows = rows;
    count = bytes.get(INT, at);
    if (count < 0 || count > rows) {
      throw new IOException("an order of more runs than there are");
    }
    order = at + Integer.BYTES;
    reaches = order + (long) count * Character.BYTES;
    if (end() > bytes.byteSize()) {
      throw new IOException("an order beyond the end of its block");
    }
  }

  /**
   * The order at {@code at}.
   *
   * @param rows how many runs the block has
   * @throws IOException when it can't be one
   */
  static AddressOrder at(
      MemorySegment bytes, long at, int rows, PackedColumn first, PackedColumn length)
      throws IOException {
    if (at + Integer.BYTES > bytes.byteSize()) {
      throw new IOException("an order beyond the end of its block");
    }
    return new AddressOrder(bytes, at, rows, first, length);
  }

  /** Where what follows begins. */
  long end() {
    return reaches + (long) groups(count) * Long.BYTES;
  }

  private static int groups(int count) {
    return (count + GROUP - 1) / GROUP;
  }

  /** The rows of the runs that meet a range of unsigned addresses, both ends included. */
  BitSet meeting(long from, long to) throws IOException {
    BitSet found = new BitSet(rows);
    int begun = begunBy(to);
    for (int group = groups(begun) - 1; group >= 0; group--) {
      if (Long.compareUnsigned(bytes.get(LONG, reaches + (long) group * Long.BYTES), from) < 0) {
        break;
      }
      int last = Math.min(begun, (group + 1) * GROUP);
      for (int i = group * GROUP; i < last; i++) {
        int row = row(i);
        if (Long.compareUnsigned(last(first.get(row), length.get(row)), from) >= 0) {
          found.set(row);
        }
      }
    }
    return found;
  }

  /** How many runs begin at {@code address} or before. */
  private int begunBy(long address) throws IOException {
    int low = 0;
    int high = count;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (Long.compareUnsigned(first.get(row(middle)), address) <= 0) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  private int row(int place) throws IOException {
    int row = bytes.get(CHAR, order + (long) place * Character.BYTES);
    if (row >= rows) {
      throw new IOException("an order names a run that there is not");
    }
    return row;
  }

  /** The last address of a run; one that would reach beyond the top ends there. */
  static long last(long first, long length) {
    long last = first + length - 1;
    return Long.compareUnsigned(last, first) < 0 ? -1 : last;
  }

  /**
   * Writes the order of some runs.
   *
   * @param rows those that have such an address, in any order; sorted afterwards
   * @param count how many they are
   */
  static void write(
      char[] rows, int count, long[] first, long[] length, ByteArrayOutputStream out) {
    new IntroSorter() {
      private long pivot;

      @Override
      protected void setPivot(int i) {
        pivot = first[rows[i]];
      }

      @Override
      protected int comparePivot(int j) {
        return Long.compareUnsigned(pivot, first[rows[j]]);
      }

      @Override
      protected void swap(int i, int j) {
        char row = rows[i];
        rows[i] = rows[j];
        rows[j] = row;
      }
    }.sort(0, count);
    PackedColumn.bytes(count, Integer.BYTES, out);
    for (int i = 0; i < count; i++) {
      PackedColumn.bytes(rows[i], Character.BYTES, out);
    }
    long reach = 0;
    for (int i = 0; i < count; i++) {
      long last = last(first[rows[i]], length[rows[i]]);
      if (Long.compareUnsigned(last, reach) > 0) {
        reach = last;
      }
      if (i % GROUP == GROUP - 1 || i == count - 1) {
        PackedColumn.bytes(reach, Long.BYTES, out);
      }
    }
  }
}
