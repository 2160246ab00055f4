package io.nestwalk.bench.grow;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.List;

/**
 * The physical memory of an image that is being made, and what of the added part is not yet used.
 * All addresses are physical ones.
 */
final class Room {

  /** The size of a page, which is all that is handed out least. */
  static final int PAGE = 4096;

  private static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final MemorySegment file;
  private final List<Load> loads;
  private final long end;
  private long next;

  /**
   * @param file all bytes of the image
   * @param loads its segments, the last of them the added memory, which may be used
   */
  Room(MemorySegment file, List<Load> loads) {
    this.file = file;
    this.loads = loads;
    next = start();
    end = next + loads.getLast().bytes();
  }

  /** Where the added memory begins. */
  long start() {
    return loads.getLast().address();
  }

  /** Where the added memory ends. */
  long end() {
    return end;
  }

  /**
   * Memory of zeros that nothing else uses.
   *
   * @param alignment a power of two
   * @throws IllegalArgumentException where no more is left
   */
  long take(long bytes, long alignment) {
    long address = takeAsIs(bytes, alignment);
    file.asSlice(offset(address), bytes).fill((byte) 0);
    return address;
  }

  /** As {@link #take}, with what stands there. */
  long takeAsIs(long bytes, long alignment) {
    long address = next + alignment - 1 & -alignment;
    if (address + bytes > end) {
      throw new IllegalArgumentException("that does not fit into the added memory: ask for more");
    }
    next = address + bytes;
    return address;
  }

  /** Whether the image has all of the range. */
  boolean has(long address, long bytes) {
    return loads.stream().anyMatch(load -> load.has(address, bytes));
  }

  long getLong(long address) {
    return file.get(LONG, offset(address));
  }

  void putLong(long address, long value) {
    file.set(LONG, offset(address), value);
  }

  /** Writes the low {@code bytes} bytes of a number. */
  void put(long address, long value, int bytes) {
    for (int i = 0; i < bytes; i++) {
      file.set(ValueLayout.JAVA_BYTE, offset(address) + i, (byte) (value >>> (i * Byte.SIZE)));
    }
  }

  int getInt(long address) {
    return file.get(INT, offset(address));
  }

  void put(long address, byte[] bytes) {
    MemorySegment.copy(bytes, 0, file, ValueLayout.JAVA_BYTE, offset(address), bytes.length);
  }

  void copy(long from, long to, long bytes) {
    MemorySegment.copy(file, offset(from), file, offset(to), bytes);
  }

  private long offset(long address) {
    // The added memory, which is asked for most, stands last.
    for (int i = loads.size() - 1; i >= 0; i--) {
      Load load = loads.get(i);
      if (load.has(address, 1)) {
        return load.fileOffset() + address - load.address();
      }
    }
    throw new IllegalArgumentException("the image lacks what is at 0x%x".formatted(address));
  }
}
