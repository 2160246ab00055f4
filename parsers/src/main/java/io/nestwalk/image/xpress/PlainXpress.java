package io.nestwalk.image.xpress;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.zip.DataFormatException;

/**
 * Plain LZ77 ([MS-XCA] 2.4, COMPRESSION_FORMAT_XPRESS). 32 flags come before what they tell of: a
 * literal byte, or a match of at least three bytes up to 8 KiB back.
 */
public final class PlainXpress {

  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private static final int SHORTEST_MATCH = 3;

  /** The largest lengths that three bits, a half byte and a byte hold; beyond they go on. */
  private static final int BITS_FULL = 7;

  private static final int HALF_FULL = 15;
  private static final int BYTE_FULL = 255;

  private final MemorySegment source;
  private final MemorySegment target;
  private long from;
  private long to;

  /** Where the byte stands of whose halves one is taken; 0 when there is none. */
  private long halfByte;

  private PlainXpress(MemorySegment source, MemorySegment target) {
    this.source = source;
    this.target = target;
  }

  /**
   * Decodes until the target is full or the source ends.
   *
   * @return how many bytes were written
   * @throws DataFormatException when the source is not what this coding makes
   */
  public static long decode(MemorySegment source, MemorySegment target) throws DataFormatException {
    return new PlainXpress(source, target).decode();
  }

  private long decode() throws DataFormatException {
    long end = source.byteSize();
    long room = target.byteSize();
    int flags = 0;
    int left = 0;
    while (to < room) {
      if (left == 0) {
        if (end - from < Integer.BYTES) {
          break;
        }
        flags = source.get(INT, from);
        from += Integer.BYTES;
        left = Integer.SIZE;
      }
      boolean isMatch = flags < 0;
      flags <<= 1;
      left--;
      if (from == end) {
        break; // the flags that are left tell of nothing
      }
      if (isMatch) {
        match();
      } else {
        target.set(ValueLayout.JAVA_BYTE, to++, source.get(ValueLayout.JAVA_BYTE, from++));
      }
    }
    return to;
  }

  private void match() throws DataFormatException {
    int word = readShort();
    long distance = (word >> 3) + 1L;
    long length = word & BITS_FULL;
    if (length == BITS_FULL) {
      length += longer();
    }
    copy(target, to, distance, length + SHORTEST_MATCH);
    to += Math.min(length + SHORTEST_MATCH, target.byteSize() - to);
  }

  /** What a length has beyond three bits. */
  private long longer() throws DataFormatException {
    int half;
    if (halfByte == 0) {
      halfByte = from;
      half = readByte() & HALF_FULL;
    } else {
      half = (source.get(ValueLayout.JAVA_BYTE, halfByte) & 0xff) >> 4;
      halfByte = 0;
    }
    if (half < HALF_FULL) {
      return half;
    }
    int more = readByte();
    if (more < BYTE_FULL) {
      return (long) HALF_FULL + more;
    }
    long whole = readShort();
    if (whole == 0) {
      whole = Integer.toUnsignedLong(readInt());
    }
    if (whole < BITS_FULL + HALF_FULL) {
      throw new DataFormatException("a length of %d in the long form".formatted(whole));
    }
    return whole - BITS_FULL;
  }

  /** Copies what was written before; source and target may overlap. */
  static void copy(MemorySegment target, long to, long distance, long length)
      throws DataFormatException {
    if (distance > to) {
      throw new DataFormatException(
          "a match %d bytes back, where %d are written".formatted(distance, to));
    }
    long end = Math.min(target.byteSize(), to + length);
    for (long at = to; at < end; at++) {
      target.set(ValueLayout.JAVA_BYTE, at, target.get(ValueLayout.JAVA_BYTE, at - distance));
    }
  }

  private int readByte() throws DataFormatException {
    require(1);
    return source.get(ValueLayout.JAVA_BYTE, from++) & 0xff;
  }

  private int readShort() throws DataFormatException {
    require(Short.BYTES);
    int value = source.get(SHORT, from) & 0xffff;
    from += Short.BYTES;
    return value;
  }

  private int readInt() throws DataFormatException {
    require(Integer.BYTES);
    int value = source.get(INT, from);
    from += Integer.BYTES;
    return value;
  }

  private void require(int bytes) throws DataFormatException {
    if (source.byteSize() - from < bytes) {
      throw new DataFormatException("the data ends within a match");
    }
  }
}
