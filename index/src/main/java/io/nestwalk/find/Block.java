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

  /** A character for each byte, for what looks through strings. A copy, made when first asked. */
  String text() {
    if (text == null) {
      text = new String(bytes, 0, length, StandardCharsets.ISO_8859_1);
    }
    return text;
  }

  /** Where the next byte of that value stands, from {@code from} on; -1 for nowhere. */
  int indexOf(byte value, int from) {
    // Eight bytes at a time: of what differs from the value in no bit, a borrow reaches the highest
    // one. One above such a byte may look alike, so the lowest counts.
    long sought = (value & 0xff) * LOWEST_BITS;
    int at = from;
    for (; at <= length - Long.BYTES; at += Long.BYTES) {
      long differing = (long) WORD.get(bytes, at) ^ sought;
      long same = differing - LOWEST_BITS & ~differing & HIGHEST_BITS;
      if (same != 0) {
        return at + Long.numberOfTrailingZeros(same) / Byte.SIZE;
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
