package io.nestwalk.image;

import java.io.EOFException;
import java.io.IOError;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * The bytes of an {@link Evidence}: blocks of them, of which the last ones stay in a bounded cache.
 * What can't be read is an {@link IOError}, as with a mapped file that can't be read.
 */
final class RangedBytes {

  private static final long CACHE_BYTES = 64L << 20;
  private static final int SMALLEST_BLOCK = 4096;

  /** More in one request would save nothing. */
  private static final int MOST_AT_ONCE = 8 << 20;

  /** What a slice may have: an array of Java's. */
  private static final long MAX_SLICE = Integer.MAX_VALUE - 8;

  private final Evidence evidence;
  private final long length;
  private final int block;
  private final BlockCache cache;

  RangedBytes(Evidence evidence) {
    this.evidence = evidence;
    length = evidence.length();
    block = evidence.blockBytes();
    if (block < SMALLEST_BLOCK || Integer.bitCount(block) != 1) {
      throw new IllegalArgumentException("blocks of %d bytes".formatted(block));
    }
    cache = new BlockCache(Math.min(CACHE_BYTES, Runtime.getRuntime().maxMemory() / 8));
  }

  long length() {
    return length;
  }

  int getByte(long offset) {
    DecodedBlock at = blockAt(offset);
    return Byte.toUnsignedInt(at.bytes().get(ValueLayout.JAVA_BYTE, offset - at.start()));
  }

  int getInt(long offset) {
    DecodedBlock at = blockAt(offset);
    long within = offset - at.start();
    return within <= at.length() - Integer.BYTES
        ? at.bytes().get(Memory.INT, within)
        : slice(offset, Integer.BYTES).get(Memory.INT, 0);
  }

  long getLong(long offset) {
    DecodedBlock at = blockAt(offset);
    long within = offset - at.start();
    return within <= at.length() - Long.BYTES
        ? at.bytes().get(Memory.LONG, within)
        : slice(offset, Long.BYTES).get(Memory.LONG, 0);
  }

  /** The bytes there: those of a block, else a copy. */
  MemorySegment slice(long offset, long count) {
    check(offset, count);
    if (count == 0) {
      return MemorySegment.ofArray(new byte[0]);
    }
    if (offset / block == (offset + count - 1) / block) {
      DecodedBlock at = blockAt(offset);
      return at.bytes().asSlice(offset - at.start(), count);
    }
    if (count > MAX_SLICE) {
      throw new IllegalArgumentException("a slice of %d bytes".formatted(count));
    }
    byte[] bytes = new byte[(int) count];
    copy(offset, MemorySegment.ofArray(bytes));
    return MemorySegment.ofArray(bytes).asReadOnly();
  }

  /** The bytes there, at most as many and no further than the end of their block. */
  MemorySegment view(long offset, long maxBytes) {
    DecodedBlock at = blockAt(offset);
    long within = offset - at.start();
    return at.bytes().asSlice(within, Math.min(maxBytes, at.length() - within));
  }

  /** Fills {@code target}: through the cache what is small, at once what is large. */
  void copy(long offset, MemorySegment target) {
    check(offset, target.byteSize());
    long done = 0;
    while (done < target.byteSize()) {
      long at = offset + done;
      long left = target.byteSize() - done;
      MemorySegment from =
          left < block
              ? view(at, left)
              : MemorySegment.ofArray(load(at, (int) Math.min(left, MOST_AT_ONCE)));
      MemorySegment.copy(from, 0, target, done, from.byteSize());
      done += from.byteSize();
    }
  }

  private DecodedBlock blockAt(long offset) {
    check(offset, 1);
    long number = offset / block;
    DecodedBlock known = cache.get(number);
    if (known != null) {
      return known;
    }
    long start = number * block;
    byte[] bytes = load(start, (int) Math.min(block, length - start));
    DecodedBlock read =
        new DecodedBlock(
            number, start, MemorySegment.ofArray(bytes).asReadOnly(), bytes.length, Memory.NOWHERE);
    cache.put(read, block);
    return read;
  }

  private byte[] load(long offset, int count) {
    byte[] bytes = new byte[count];
    int done = 0;
    try {
      while (done < count) {
        int read = evidence.read(offset + done, bytes, done, count - done);
        if (read <= 0) {
          throw new EOFException(
              "%s ends at 0x%x, before its length".formatted(evidence.name(), offset + done));
        }
        done += read;
      }
    } catch (IOException e) {
      throw new IOError(e);
    }
    return bytes;
  }

  private void check(long offset, long count) {
    if (offset < 0 || count < 0 || offset > length - count) {
      throw new IndexOutOfBoundsException(
          "%d bytes at 0x%x of 0x%x".formatted(count, offset, length));
    }
  }
}
