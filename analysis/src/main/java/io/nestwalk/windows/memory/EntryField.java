package io.nestwalk.windows.memory;

import io.nestwalk.types.Field;

/**
 * Some bits of a table entry that hold a number.
 *
 * @param shift the lowest bit
 * @param mask of the number
 */
record EntryField(int shift, long mask) {

  static EntryField of(int shift, int bits) {
    return new EntryField(shift, bits >= Long.SIZE ? -1 : (1L << bits) - 1);
  }

  /** A bit field of a structure that is an entry. */
  static EntryField of(Field field) {
    return of(
        field.offset() * Byte.SIZE + field.bitShift(),
        field.bits() > 0 ? field.bits() : field.size() * Byte.SIZE);
  }

  long in(long entry) {
    return entry >>> shift & mask;
  }

  /** The bits themselves, where they stand. */
  long bits() {
    return mask << shift;
  }
}
