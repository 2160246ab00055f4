package io.nestwalk.image.lime;

import io.nestwalk.image.ImageException;
import io.nestwalk.image.ImageFile;

/**
 * What stands before each range of memory: {magic, version, first address, last address, eight
 * reserved bytes}.
 *
 * @param magic whose dump it is
 * @param version of the format
 * @param first address of the range's first byte
 * @param last address of the range's last byte; one more in the files of some writers
 */
record RangeHeader(long magic, long version, long first, long last) {

  static final int SIZE = 32;

  static final long LIME = 0x4c694d45L;
  static final long AVML = 0x4c4d5641L;

  static final int LIME_VERSION = 1;
  static final int AVML_VERSION = 2;

  static RangeHeader read(ImageFile file, long offset) throws ImageException {
    return new RangeHeader(
        file.intAt(offset),
        file.intAt(offset + 4),
        file.longAt(offset + 8),
        file.longAt(offset + 16));
  }

  /** Whether a header of that kind stands at {@code offset}. */
  static boolean standsAt(ImageFile file, long offset, long magic) {
    if (!file.holds(offset, SIZE)) {
      return false;
    }
    try {
      return file.intAt(offset) == magic;
    } catch (ImageException e) {
      return false; // holds() has looked
    }
  }

  /** Whether the addresses are those of a range: neither negative nor the wrong way round. */
  boolean isSound() {
    return first >= 0 && last >= first && last < Long.MAX_VALUE;
  }

  /** How many bytes the range has when its last address belongs to it, as the formats say. */
  long length() {
    return last - first + 1;
  }
}
