package io.nestwalk.types;

import io.nestwalk.image.Memory;

/**
 * A member of a structure.
 *
 * @param offset of the member from the start of the outermost structure, in bytes; of a bit field
 *     the byte of its first bit
 * @param size in bytes, of an array all of it; of a bit field the bytes that it touches
 * @param bitShift of a bit field, the place of its lowest bit in the byte at {@code offset}, else 0
 * @param bits how wide a bit field is, 0 for any other member
 * @param count how many elements an array has, 1 for any other member
 */
public record Field(int offset, int size, int bitShift, int bits, int count) {

  /** A plain member. */
  public static Field of(int offset, int size) {
    return new Field(offset, size, 0, 0, 1);
  }

  /** The size of one element of an array; the member's size when it is none. */
  public int stride() {
    return count > 1 ? size / count : size;
  }

  /** The member's address in the structure at {@code object}. */
  public long at(long object) {
    return object + offset;
  }

  /** The address of an array's element. */
  public long at(long object, long index) {
    return object + offset + index * stride();
  }

  /**
   * The member's value as an unsigned number, of an array its first element.
   *
   * @param ifMissing the answer when memory lacks the member or it is no number of 1..8 bytes
   */
  public long get(Memory memory, long object, long ifMissing) {
    long address = object + offset;
    if (bits > 0) {
      return bitField(memory, address, ifMissing);
    }
    return switch (stride()) {
      case Long.BYTES -> memory.getLong(address, ifMissing);
      case Integer.BYTES -> {
        int value = memory.getInt(address, -1);
        yield value == -1 && !memory.isPresent(address) ? ifMissing : value & 0xffff_ffffL;
      }
      case Short.BYTES -> {
        int value = memory.getShort(address);
        yield value < 0 ? ifMissing : value;
      }
      case 1 -> {
        int value = memory.getByte(address);
        yield value < 0 ? ifMissing : value;
      }
      default -> ifMissing;
    };
  }

  private long bitField(Memory memory, long address, long ifMissing) {
    long value = 0;
    for (int i = Math.min(size, Long.BYTES) - 1; i >= 0; i--) {
      int b = memory.getByte(address + i);
      if (b < 0) {
        return ifMissing;
      }
      value = value << 8 | b;
    }
    value >>>= bitShift;
    return bits >= Long.SIZE ? value : value & ((1L << bits) - 1);
  }
}
