package io.nestwalk.image.virtualbox;

import io.nestwalk.image.ImageException;
import io.nestwalk.image.ImageFile;

/**
 * A record of a unit: a byte with the type, a size in the manner of UTF-8, data.
 *
 * @param kind what the data are
 * @param start file offset of the record
 * @param data file offset of the data; behind the size byte of what is packed
 * @param size how many bytes of data the file has
 * @param length how many bytes of the unit's stream they are
 */
record StreamRecord(Kind kind, long start, long data, int size, int length) {

  /** What a record is. */
  enum Kind {
    /** The end of the unit. */
    TERM,
    /** Data as they are. */
    RAW,
    /** Data packed with LZF. */
    LZF,
    /** Zeros, of which only the number is stored. */
    ZERO
  }

  /** VirtualBox itself unpacks no more than this from one record. */
  static final int MAX_UNPACKED = 4096;

  private static final int KIB = 1024;

  private static final int TYPE_FLAGS = 0xe0;
  private static final int TYPE_VALID = 0x80;
  private static final int TYPE_MASK = 0x0f;

  static StreamRecord read(ImageFile file, long at) throws ImageException {
    int first = file.byteAt(at);
    if ((first & TYPE_FLAGS) != TYPE_VALID) {
      throw new ImageException(file.name(), at, "no record begins here");
    }
    long position = at + 1;
    int lead = file.byteAt(position++);
    long size = lead;
    if (lead >= 0x80) {
      // The count of leading ones is the count of bytes; a lead of 10xxxxxx counts as two.
      int more = Math.max(1, Integer.numberOfLeadingZeros(~(lead << 24)) - 1);
      if (more > 5) {
        throw new ImageException(file.name(), at, "a record's size of more than six bytes");
      }
      size = lead & (0x3f >> more);
      for (int i = 0; i < more; i++) {
        int next = file.byteAt(position++);
        if ((next & 0xc0) != 0x80) {
          throw new ImageException(file.name(), at, "a record's size is malformed");
        }
        size = size << 6 | (next & 0x3f);
      }
    }
    if (!file.holds(position, size) || size > Integer.MAX_VALUE) {
      throw new ImageException(
          file.name(), at, "a record of %d bytes reaches beyond the file's end".formatted(size));
    }
    return of(file, first & TYPE_MASK, at, position, (int) size);
  }

  private static StreamRecord of(ImageFile file, int type, long start, long data, int size)
      throws ImageException {
    return switch (type) {
      case 1 -> new StreamRecord(Kind.TERM, start, data, size, 0);
      case 2 -> new StreamRecord(Kind.RAW, start, data, size, size);
      case 3 -> {
        int length = size < 2 ? 0 : file.byteAt(data) * KIB;
        if (length == 0 || length > MAX_UNPACKED || length < size - 1) {
          throw new ImageException(
              file.name(), start, "%d packed bytes that unpack to %d".formatted(size, length));
        }
        yield new StreamRecord(Kind.LZF, start, data + 1, size - 1, length);
      }
      case 4 -> {
        int length = size == 1 ? file.byteAt(data) * KIB : 0;
        if (length == 0 || length > MAX_UNPACKED) {
          throw new ImageException(file.name(), start, "a record of %d zeros".formatted(length));
        }
        yield new StreamRecord(Kind.ZERO, start, data, size, length);
      }
      default -> throw new ImageException(file.name(), start, "a record of type " + type);
    };
  }

  /** Where the next record begins. */
  long end() {
    return data + size;
  }
}
