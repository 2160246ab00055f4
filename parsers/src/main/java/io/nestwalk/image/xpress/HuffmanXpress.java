package io.nestwalk.image.xpress;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.zip.DataFormatException;

/**
 * LZ77 with Huffman codes ([MS-XCA] 2.2, COMPRESSION_FORMAT_XPRESS_HUFF). Each 64 KiB of output
 * have a table of code lengths before them; codes are read from 16-bit words, the highest bit
 * first, and the bytes of long lengths stand between the words.
 */
public final class HuffmanXpress {

  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private static final int SYMBOLS = 512;
  private static final int LENGTH_BYTES = SYMBOLS / 2;
  private static final int LONGEST_CODE = 15;

  /** The first symbol that is no literal, and the mark of the end. */
  private static final int FIRST_MATCH = 256;

  private static final int BLOCK = 1 << 16;
  private static final int SHORTEST_MATCH = 3;
  private static final int BITS_FULL = 15;
  private static final int BYTE_FULL = 255;

  private final MemorySegment source;
  private final MemorySegment target;

  /** The symbol of every 15 bits that a code may begin, and the length of each symbol's code. */
  private final short[] symbols = new short[1 << LONGEST_CODE];

  private final byte[] lengths = new byte[SYMBOLS];

  private long from;
  private long to;
  private int bits;

  /** How many of {@link #bits} are there beyond 16. */
  private int extra;

  private HuffmanXpress(MemorySegment source, MemorySegment target) {
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
    HuffmanXpress decoder = new HuffmanXpress(source, target);
    while (decoder.to < target.byteSize()
        && source.byteSize() - decoder.from >= LENGTH_BYTES
        && decoder.block()) {
      // goes on with the next block
    }
    return decoder.to;
  }

  /** Decodes a block; false when it was the last. */
  private boolean block() throws DataFormatException {
    readTable();
    bits = readShort() << 16 | readShort();
    extra = 16;
    long end = Math.min(target.byteSize(), to + BLOCK);
    while (to < end) {
      int symbol = symbols[bits >>> (Integer.SIZE - LONGEST_CODE)];
      take(lengths[symbol]);
      if (symbol < FIRST_MATCH) {
        target.set(ValueLayout.JAVA_BYTE, to++, (byte) symbol);
      } else if (symbol == FIRST_MATCH && from >= source.byteSize()) {
        return false;
      } else {
        match(symbol - FIRST_MATCH);
      }
    }
    return true;
  }

  private void match(int match) throws DataFormatException {
    long length = match & BITS_FULL;
    int distanceBits = match >> 4;
    if (length == BITS_FULL) {
      length = longer();
    }
    int low = distanceBits == 0 ? 0 : bits >>> (Integer.SIZE - distanceBits);
    take(distanceBits);
    PlainXpress.copy(target, to, (1L << distanceBits) + low, length + SHORTEST_MATCH);
    to += Math.min(length + SHORTEST_MATCH, target.byteSize() - to);
  }

  private long longer() throws DataFormatException {
    require(1);
    int more = source.get(ValueLayout.JAVA_BYTE, from++) & 0xff;
    if (more < BYTE_FULL) {
      return (long) BITS_FULL + more;
    }
    require(Short.BYTES);
    long whole = source.get(SHORT, from) & 0xffff;
    from += Short.BYTES;
    if (whole == 0) {
      require(Integer.BYTES);
      whole = Integer.toUnsignedLong(source.get(INT, from));
      from += Integer.BYTES;
    }
    if (whole < BITS_FULL) {
      throw new DataFormatException("a length of %d in the long form".formatted(whole));
    }
    return whole;
  }

  /** Drops bits, and reads the next word where fewer than 16 would be left. */
  private void take(int count) {
    bits <<= count;
    extra -= count;
    if (extra < 0) {
      bits |= readShort() << -extra;
      extra += 16;
    }
  }

  /** Reads the lengths, and puts each symbol at all bits that its code begins. */
  private void readTable() throws DataFormatException {
    for (int i = 0; i < LENGTH_BYTES; i++) {
      int pair = source.get(ValueLayout.JAVA_BYTE, from++);
      lengths[2 * i] = (byte) (pair & 0xf);
      lengths[2 * i + 1] = (byte) ((pair >> 4) & 0xf);
    }
    int next = 0;
    for (int length = 1; length <= LONGEST_CODE; length++) {
      int places = 1 << (LONGEST_CODE - length);
      for (int symbol = 0; symbol < SYMBOLS; symbol++) {
        if (lengths[symbol] == length) {
          if (next + places > symbols.length) {
            throw new DataFormatException("more codes than there are bits for");
          }
          Arrays.fill(symbols, next, next + places, (short) symbol);
          next += places;
        }
      }
    }
    if (next != symbols.length) {
      throw new DataFormatException("codes that leave bits without a meaning");
    }
  }

  /** The next word; 0 behind the end, where the last codes still stand in bits read before. */
  private int readShort() {
    if (source.byteSize() - from < Short.BYTES) {
      from = source.byteSize();
      return 0;
    }
    int value = source.get(SHORT, from) & 0xffff;
    from += Short.BYTES;
    return value;
  }

  private void require(int bytes) throws DataFormatException {
    if (source.byteSize() - from < bytes) {
      throw new DataFormatException("the data ends within a match");
    }
  }
}
