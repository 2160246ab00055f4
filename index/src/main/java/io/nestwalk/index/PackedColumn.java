package io.nestwalk.index;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * Unsigned numbers of one column, each in as many bytes as the column's span needs: the difference
 * to the least of them, without the low bits that all differences lack.
 *
 * <p>Stored as the least number (8 bytes), the count of omitted bits (1), the width (1) and the
 * differences, little-endian. Any of them is read without those before it.
 */
final class PackedColumn {

  /** Bytes before the differences. */
  static final int HEADER = Long.BYTES + 2;

  private static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final MemorySegment bytes;
  private final long data;
  private final long least;
  private final int omitted;
  private final int width;
  private final long mask;
  private final int count;

  private PackedColumn(MemorySegment bytes, long at, int count) throws IOException {
    this.bytes = bytes;
    this.count = count;
    data = at + HEADER;
    least = bytes.get(LONG, at);
    omitted = bytes.get(ValueLayout.JAVA_BYTE, at + Long.BYTES);
    width = bytes.get(ValueLayout.JAVA_BYTE, at + Long.BYTES + 1);
    if (omitted < 0 || omitted >= Long.SIZE || width < 0 || width > Long.BYTES) {
      throw new IOException("a column of a width that there is not");
    }
    // The last value is read as a long too.
    if (end() + Long.BYTES > bytes.byteSize()) {
      throw new IOException("a column beyond the end of its block");
    }
    mask = width == Long.BYTES ? -1 : (1L << (width * Byte.SIZE)) - 1;
  }

  /**
   * The column at {@code at}, of {@code count} numbers.
   *
   * @param bytes of a block, with at least 8 more bytes after its last column
   * @throws IOException when it can't be one
   */
  static PackedColumn at(MemorySegment bytes, long at, int count) throws IOException {
    if (at < 0 || at + HEADER > bytes.byteSize()) {
      throw new IOException("a column beyond the end of its block");
    }
    return new PackedColumn(bytes, at, count);
  }

  /** Where the next column begins. */
  long end() {
    return data + (long) width * count;
  }

  /** A number, by its place. */
  long get(int row) {
    if (width == 0) {
      return least;
    }
    return least + ((bytes.get(LONG, data + (long) row * width) & mask) << omitted);
  }

  /** Writes the first {@code count} numbers. */
  static void write(long[] values, int count, BlockBytes out) {
    long least = count == 0 ? 0 : values[0];
    for (int i = 1; i < count; i++) {
      if (Long.compareUnsigned(values[i], least) < 0) {
        least = values[i];
      }
    }
    long used = 0;
    for (int i = 0; i < count; i++) {
      used |= values[i] - least;
    }
    int omitted = used == 0 ? 0 : Long.numberOfTrailingZeros(used);
    int width =
        (Long.SIZE - Long.numberOfLeadingZeros(used >>> omitted) + Byte.SIZE - 1) / Byte.SIZE;
    out.add(least, Long.BYTES);
    out.add(omitted, 1);
    out.add(width, 1);
    for (int i = 0; i < count; i++) {
      out.add((values[i] - least) >>> omitted, width);
    }
  }
}
