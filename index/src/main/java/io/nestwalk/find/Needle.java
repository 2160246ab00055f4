package io.nestwalk.find;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;

/** A fixed sequence of bytes, some of whose bits may be anything. */
final class Needle {

  private static final byte ALL = (byte) 0xff;
  private static final int VALUES = 256;

  private final String name;
  private final String encoding;
  private final byte[] bytes;
  private final byte[] mask;

  /**
   * A needle.
   *
   * @param name what the user wrote
   * @param encoding how it became bytes: "ascii", "utf-8", "utf-16le", "hex"
   * @param bytes the bytes
   * @param mask which of their bits count, a byte for each
   */
  Needle(String name, String encoding, byte[] bytes, byte[] mask) {
    this.name = name;
    this.encoding = encoding;
    this.bytes = bytes.clone();
    this.mask = mask.clone();
  }

  String name() {
    return name;
  }

  String encoding() {
    return encoding;
  }

  /** A text in the encodings in which programs keep it. */
  static List<Needle> ofText(String text) {
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    boolean ascii = utf8.length == text.length();
    return List.of(
        plain(text, ascii ? "ascii" : "utf-8", utf8),
        plain(text, "utf-16le", text.getBytes(StandardCharsets.UTF_16LE)));
  }

  private static Needle plain(String name, String encoding, byte[] bytes) {
    byte[] mask = new byte[bytes.length];
    Arrays.fill(mask, ALL);
    return new Needle(name, encoding, bytes, mask);
  }

  int length() {
    return bytes.length;
  }

  /** Where the longest stretch of fixed bytes begins. */
  int anchorStart() {
    int best = 0;
    int bestLength = 0;
    for (int i = 0; i < mask.length; i++) {
      int length = fixedFrom(i);
      if (length > bestLength) {
        best = i;
        bestLength = length;
      }
      i += length;
    }
    return best;
  }

  /** The longest stretch of fixed bytes, a character per byte; empty when no byte is fixed. */
  String anchor() {
    int start = anchorStart();
    return new String(bytes, start, fixedFrom(start), StandardCharsets.ISO_8859_1);
  }

  /** The byte, among those that are known as a whole, that is the rarest. */
  byte rarest(ByteCounts counts) {
    int best = anchorStart();
    for (int i = 0; i < bytes.length; i++) {
      if (mask[i] == ALL && counts.of(bytes[i]) < counts.of(bytes[best])) {
        best = i;
      }
    }
    return bytes[best];
  }

  /** Where a byte that is known as a whole has that value; -1 for nowhere. */
  int indexOf(byte value) {
    for (int i = 0; i < bytes.length; i++) {
      if (mask[i] == ALL && bytes[i] == value) {
        return i;
      }
    }
    return -1;
  }

  /**
   * Adds the pairs of bytes, the first as the higher half, of which one follows the other in it.
   */
  void addPairs(BitSet pairs) {
    for (int i = 0; i + 1 < bytes.length; i++) {
      if ((mask[i] | mask[i + 1]) == 0) {
        pairs.set(0, VALUES * VALUES);
        return;
      }
      int firstFree = ~mask[i] & 0xff;
      int secondFree = ~mask[i + 1] & 0xff;
      for (int first = firstFree; first >= 0; first = below(first, firstFree)) {
        for (int second = secondFree; second >= 0; second = below(second, secondFree)) {
          pairs.set(with(i, first) << Byte.SIZE | with(i + 1, second));
        }
      }
    }
  }

  /** Of the values with some of these bits alone the next smaller one; -1 below the smallest. */
  private static int below(int value, int bits) {
    return value == 0 ? -1 : value - 1 & bits;
  }

  /** A byte of the needle with these values of the bits that may be anything. */
  private int with(int index, int free) {
    return (bytes[index] & mask[index] & 0xff) | free;
  }

  private int fixedFrom(int index) {
    int end = index;
    while (end < mask.length && mask[end] == ALL) {
      end++;
    }
    return end - index;
  }

  /** Whether the needle is in {@code block} at {@code index}. */
  boolean isAt(Block block, int index) {
    if (index < 0 || block.length() - index < bytes.length) {
      return false;
    }
    for (int i = 0; i < bytes.length; i++) {
      if (((block.at(index + i) ^ bytes[i]) & mask[i] & 0xff) != 0) {
        return false;
      }
    }
    return true;
  }
}
