package io.nestwalk.find;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * A piece of memory that scanners look through. It borrows the bytes: what they are changed to is
 * another block. For one thread.
 */
final class Block {

  private static final VarHandle WORD =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  /** So many bytes are looked at together. */
  private static final int STRIDE = 4 * Long.BYTES;

  private static final long LOWEST_BITS = 0x0101_0101_0101_0101L;
  private static final long HIGHEST_BITS = 0x8080_8080_8080_8080L;

  private final byte[] bytes;
  private final int length;
  private String text;

  /**
   * A block.
   *
   * @param bytes holds it
   * @param length how many bytes of these it has, from the first on
   */
  Block(byte[] bytes, int length) {
    this.bytes = bytes;
    this.length = length;
  }

  /** A block with a byte for each character of a text, which are those up to 0xff. */
  static Block of(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
    return new Block(bytes, bytes.length);
  }

  int length() {
    return length;
  }

  byte at(int index) {
    return bytes[index];
  }

  /** The eight bytes from there on, the first as the lowest. */
  long word(int index) {
    return (long) WORD.get(bytes, index);
  }

  /** A character for each byte, for what looks through strings. A copy, made when first asked. */
  String text() {
    if (text == null) {
      text = new String(bytes, 0, length, StandardCharsets.ISO_8859_1);
    }
    return text;
  }

  /** Where the next byte of that value stands, from {@code from} on; -1 for nowhere. */
  int indexOf(byte value, int from) {
    long sought = (value & 0xff) * LOWEST_BITS;
    int at = from;
    for (; at <= length - STRIDE; at += STRIDE) {
      long first = word(at) ^ sought;
      long second = word(at + Long.BYTES) ^ sought;
      long third = word(at + 2 * Long.BYTES) ^ sought;
      long fourth = word(at + 3 * Long.BYTES) ^ sought;
      // What differs from the value in no bit: a borrow reaches its highest one.
      long same =
          (first - LOWEST_BITS & ~first)
              | (second - LOWEST_BITS & ~second)
              | (third - LOWEST_BITS & ~third)
              | (fourth - LOWEST_BITS & ~fourth);
      if ((same & HIGHEST_BITS) != 0) {
        break;
      }
    }
    for (; at < length; at++) {
      if (bytes[at] == value) {
        return at;
      }
    }
    return -1;
  }
}
