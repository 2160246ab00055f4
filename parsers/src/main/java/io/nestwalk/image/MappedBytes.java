package io.nestwalk.image;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/**
 * The bytes of a file that is mapped, or bytes that are in memory anyway. All reads of a mapped
 * file pass here, so that what they make resident is counted: {@link ResidentBound}. Safe for
 * several threads.
 *
 * <p>A value of several bytes counts where its first one stands.
 */
final class MappedBytes {

  private static final long PIECE = 1L << ResidentBound.PIECE_SHIFT;

  private final MemorySegment bytes;

  /** Not 0 for each piece that is counted already, and for all of what is in memory anyway. */
  private final byte[] counted;

  private final ResidentBound bound;
  private final Runnable unload;

  private MappedBytes(MemorySegment bytes, ResidentBound bound, Runnable unload) {
    this.bytes = bytes;
    this.bound = bound;
    this.unload = unload;
    counted = new byte[Math.toIntExact(bytes.byteSize() >>> ResidentBound.PIECE_SHIFT) + 1];
  }

  /**
   * The bytes of a file that is mapped.
   *
   * @param bytes what {@link java.nio.channels.FileChannel#map} gave, to be {@link #release
   *     released} before its arena is closed
   * @param bound counts what is read of them
   */
  static MappedBytes of(MemorySegment bytes, ResidentBound bound) {
    return of(bytes, bound, bytes::unload);
  }

  /**
   * The bytes of a file that is mapped.
   *
   * @param unload how the system is told that none of them need be resident
   */
  static MappedBytes of(MemorySegment bytes, ResidentBound bound, Runnable unload) {
    MappedBytes mapped = new MappedBytes(bytes, bound, unload);
    bound.add(mapped);
    return mapped;
  }

  /** Bytes that are in memory anyway. */
  static MappedBytes inMemory(MemorySegment bytes) {
    MappedBytes mapped = new MappedBytes(bytes, ResidentBound.OF_PROCESS, () -> {});
    Arrays.fill(mapped.counted, (byte) 1);
    return mapped;
  }

  /** How many there are. */
  long size() {
    return bytes.byteSize();
  }

  /** The byte at {@code offset}, 0..255. */
  int getByte(long offset) {
    reading(offset);
    return Byte.toUnsignedInt(bytes.get(ValueLayout.JAVA_BYTE, offset));
  }

  /** The 32 bits at {@code offset}. */
  int getInt(long offset) {
    reading(offset);
    return bytes.get(Memory.INT, offset);
  }

  /** The 64 bits at {@code offset}. */
  long getLong(long offset) {
    reading(offset);
    return bytes.get(Memory.LONG, offset);
  }

  /** The values of 64 bits from {@code offset} on. */
  void getLongs(long offset, long[] target, int from, int count) {
    reading(offset, (long) count * Long.BYTES);
    MemorySegment.copy(bytes, Memory.LONG, offset, target, from, count);
  }

  /** Copies from {@code offset} on until {@code target} is full. */
  void copy(long offset, MemorySegment target) {
    long done = 0;
    while (done < target.byteSize()) {
      long from = offset + done;
      long count = Math.min(target.byteSize() - done, PIECE - (from & (PIECE - 1)));
      reading(from);
      MemorySegment.copy(bytes, from, target, done, count);
      done += count;
    }
  }

  /**
   * The bytes from {@code offset} on in place, for who reads them now. Who keeps them says {@link
   * #reading} when they are read later.
   */
  MemorySegment slice(long offset, long count) {
    MemorySegment slice = bytes.asSlice(offset, count);
    reading(offset, count);
    return slice;
  }

  /** Says that bytes of a {@link #slice} are about to be read. */
  void reading(long offset, long count) {
    if (count > 0) {
      long last = offset + count - 1;
      reading(last);
      for (long at = offset;
          at >>> ResidentBound.PIECE_SHIFT < last >>> ResidentBound.PIECE_SHIFT;
          at += PIECE) {
        reading(at);
      }
    }
  }

  private void reading(long offset) {
    int piece = (int) (offset >>> ResidentBound.PIECE_SHIFT);
    if (counted[piece] == 0) {
      bound.count(this, piece);
    }
  }

  /** A piece is counted. */
  void mark(int piece) {
    counted[piece] = 1;
  }

  /** No piece is counted any more. */
  void forget() {
    Arrays.fill(counted, (byte) 0);
  }

  /** Makes nothing of the file resident; what is read next is in the system's cache. */
  void giveBack() {
    unload.run();
  }

  /** The file is about to be unmapped. */
  void release() {
    bound.remove(this);
  }
}
