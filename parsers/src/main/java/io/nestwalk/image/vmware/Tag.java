package io.nestwalk.image.vmware;

import io.nestwalk.image.ImageException;
import io.nestwalk.image.ImageFile;
import java.util.List;

/**
 * A named value in a group.
 *
 * @param name its name
 * @param indices up to three; the first one of a register is the CPU's number
 * @param offset file offset of the value, behind a block's padding
 * @param size how many bytes the file has of it
 * @param sizeInMemory how many bytes it stands for; another number in a compressed block
 * @param kind plain value, block or compressed block
 */
record Tag(String name, List<Long> indices, long offset, long size, long sizeInMemory, Kind kind) {

  /** How the value is stored. */
  enum Kind {
    VALUE,
    BLOCK,
    COMPRESSED
  }

  /** The value of up to eight bytes as a number; a longer one by its first eight. */
  long number(ImageFile file) throws ImageException {
    long number = 0;
    for (int i = (int) Math.min(size, Long.BYTES) - 1; i >= 0; i--) {
      number = number << 8 | file.byteAt(offset + i);
    }
    return number;
  }

  /** The index at that place, or -1. */
  long index(int place) {
    return place < indices.size() ? indices.get(place) : -1;
  }
}
