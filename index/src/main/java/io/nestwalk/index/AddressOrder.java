package io.nestwalk.index;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.BitSet;

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

  private static final long BYTE = 0xff;
  private static final int BYTE_VALUES = 1 << Byte.SIZE;

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
   * @param unsorted those that have such an address, in any order; used as room
   * @param count how many they are
   */
  static void write(char[] unsorted, int count, long[] first, long[] length, BlockBytes out) {
    char[] rows = sorted(unsorted, count, first);
    out.add(count, Integer.BYTES);
    for (int i = 0; i < count; i++) {
      out.add(rows[i], Character.BYTES);
    }
    long reach = 0;
    for (int i = 0; i < count; i++) {
      long last = last(first[rows[i]], length[rows[i]]);
      if (Long.compareUnsigned(last, reach) > 0) {
        reach = last;
      }
      if (i % GROUP == GROUP - 1 || i == count - 1) {
        out.add(reach, Long.BYTES);
      }
    }
  }

  /**
   * Rows by their addresses, those of the same address as they were: sorted byte by byte from the
   * lowest, without the bytes that are the same in all.
   */
  private static char[] sorted(char[] rows, int count, long[] first) {
    long least = -1;
    for (int i = 0; i < count; i++) {
      if (Long.compareUnsigned(first[rows[i]], least) < 0) {
        least = first[rows[i]];
      }
    }
    long used = 0;
    for (int i = 0; i < count; i++) {
      used |= first[rows[i]] - least;
    }
    char[] from = rows;
    char[] to = new char[count];
    int[] next = new int[BYTE_VALUES + 1];
    for (int shift = 0; shift < Long.SIZE; shift += Byte.SIZE) {
      if (((used >>> shift) & BYTE) == 0) {
        continue;
      }
      Arrays.fill(next, 0);
      for (int i = 0; i < count; i++) {
        next[(int) (((first[from[i]] - least) >>> shift) & BYTE) + 1]++;
      }
      for (int value = 0; value < BYTE_VALUES; value++) {
        next[value + 1] += next[value];
      }
      for (int i = 0; i < count; i++) {
        char row = from[i];
        to[next[(int) (((first[row] - least) >>> shift) & BYTE)]++] = row;
      }
      char[] sorted = to;
      to = from;
      from = sorted;
    }
    return from;
  }
}
