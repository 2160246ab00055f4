package io.nestwalk.image;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * Byte-addressable, sparse, read-only memory: host-physical, guest-physical or virtual alike.
 *
 * <p>Addresses are unsigned 64-bit. Values are little-endian, as on every machine whose dumps are
 * read here. A byte that is not there is a <em>value</em>, never an exception and never a silent
 * zero: each read names what to answer in that case, and a caller to whom the difference matters
 * asks {@link #isPresent}.
 */
public interface Memory {

  /** Eight bytes, not necessarily aligned; the layout that every implementation reads with. */
  ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  /** Four bytes, not necessarily aligned. */
  ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  /** The answer of {@link #locate} for a byte that stands at no place in the file. */
  long NOWHERE = -1;

  /** The eight bytes at {@code address}, or {@code ifMissing} when any of them is missing. */
  long getLong(long address, long ifMissing);

  /** The four bytes at {@code address}, or {@code ifMissing} when any of them is missing. */
  int getInt(long address, int ifMissing);

  /**
   * Values of eight bytes that stand side by side, such as the entries of a page table: for many of
   * them far cheaper than {@link #getLong} for each.
   *
   * @param address of the first
   * @param target takes the values, from index {@code from} on
   * @param count how many
   * @param ifMissing stands for each value of which any byte is missing
   */
  default void getLongs(long address, long[] target, int from, int count, long ifMissing) {
    for (int i = 0; i < count; i++) {
      target[from + i] = getLong(address + (long) i * Long.BYTES, ifMissing);
    }
  }

  /** The byte at {@code address} as 0..255, or -1 when it is missing. */
  int getByte(long address);

  /** The two bytes at {@code address} as 0..65535, or -1 when either is missing. */
  default int getShort(long address) {
    int low = getByte(address);
    int high = getByte(address + 1);
    return (low | high) < 0 ? -1 : high << 8 | low;
  }

  /** Whether the byte at {@code address} can be read. */
  default boolean isPresent(long address) {
    return getByte(address) >= 0;
  }

  /**
   * Copies bytes from {@code address} on into {@code target} until it is full or a byte is missing.
   *
   * @return how many bytes were copied, 0 when the first one is missing
   */
  long read(long address, MemorySegment target);

  /**
   * Where the byte stands: its offset in the image's (unpacked) file, or {@link #NOWHERE} for a
   * byte that is missing or was never stored as such (a filled or compressed page).
   */
  long locate(long address);

  /**
   * A memory over the same bytes that another thread may use at the same time as this one. An
   * implementation that is safe for concurrent use answers with itself.
   */
  default Memory fork() {
    return this;
  }

  /** Copies {@code length} bytes, or fewer where a byte is missing, into a new array. */
  default byte[] readBytes(long address, int length) {
    byte[] bytes = new byte[length];
    long count = read(address, MemorySegment.ofArray(bytes));
    return count == length ? bytes : java.util.Arrays.copyOf(bytes, (int) count);
  }

  /**
   * {@link #getLong} put together byte by byte, for the rare value that crosses from one stored run
   * into another.
   */
  static long assembleLong(Memory memory, long address, long ifMissing) {
    long value = 0;
    for (int i = 7; i >= 0; i--) {
      int b = memory.getByte(address + i);
      if (b < 0) {
        return ifMissing;
      }
      value = value << 8 | b;
    }
    return value;
  }

  /** {@link #getInt} put together byte by byte; see {@link #assembleLong}. */
  static int assembleInt(Memory memory, long address, int ifMissing) {
    int value = 0;
    for (int i = 3; i >= 0; i--) {
      int b = memory.getByte(address + i);
      if (b < 0) {
        return ifMissing;
      }
      value = value << 8 | b;
    }
    return value;
  }
}
