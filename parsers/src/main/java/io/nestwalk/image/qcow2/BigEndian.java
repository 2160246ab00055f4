package io.nestwalk.image.qcow2;

import io.nestwalk.image.ImageException;
import io.nestwalk.image.ImageFile;

/** The file's integers in network order. */
record BigEndian(ImageFile file) {

  int shortAt(long offset) throws ImageException {
    return Short.toUnsignedInt(Short.reverseBytes((short) file.shortAt(offset)));
  }

  long intAt(long offset) throws ImageException {
    return Integer.toUnsignedLong(Integer.reverseBytes((int) file.intAt(offset)));
  }

  long longAt(long offset) throws ImageException {
    return Long.reverseBytes(file.longAt(offset));
  }
}
