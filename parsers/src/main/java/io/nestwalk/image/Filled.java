package io.nestwalk.image;

import java.lang.foreign.MemorySegment;

/** Blocks that are full of one byte. Zeros, of which a dump may have millions, share one copy. */
final class Filled {

  private static final MemorySegment ZEROS = MemorySegment.ofArray(new byte[1 << 16]).asReadOnly();

  private Filled() {}

  static MemorySegment with(byte value, int size) {
    if (value == 0 && size <= ZEROS.byteSize()) {
      return ZEROS.asSlice(0, size);
    }
    return MemorySegment.ofArray(new byte[size]).fill(value).asReadOnly();
  }
}
