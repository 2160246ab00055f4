package io.nestwalk.image.virtualbox;

import io.nestwalk.image.ImageException;
import io.nestwalk.image.ImageFile;

/**
 * The header of a unit (SSMFILEUNITHDRV2).
 *
 * @param name the unit's name; empty for the end of all units
 * @param version of its data
 * @param pass number of the pass of a live save, {@link #FINAL_PASS} for the last or only one
 * @param data file offset of its first record
 */
record UnitHeader(String name, long version, long pass, long data) {

  static final long FINAL_PASS = 0xffff_ffffL;

  private static final byte[] UNIT = {'\n', 'U', 'n', 'i', 't', '\n', 0, 0};
  private static final byte[] END = {'\n', 'T', 'h', 'e', 'E', 'n', 'd', 0};

  private static final byte[] FOOTER = {'\n', 'F', 'o', 'o', 't', 'e', 'r', 0};
  private static final byte[] DIRECTORY = {'\n', 'D', 'i', 'r', '\n', 0, 0, 0};

  private static final int SIZE = 44;
  private static final int MAX_NAME = 48;

  private static final int FOOTER_SIZE = 32;
  private static final int DIRECTORY_HEADER = 16;
  private static final int DIRECTORY_ENTRY = 16;
  private static final int MAX_DIRECTORY = 65_535;

  /** Reads the header of a unit, or the end of all units. */
  static UnitHeader read(ImageFile file, long at) throws ImageException {
    if (file.startsWith(at, END)) {
      return new UnitHeader("", 0, 0, at);
    }
    if (!file.startsWith(at, UNIT)) {
      throw new ImageException(file.name(), at, "no unit begins here");
    }
    if (file.longAt(at + 8) != at) {
      throw new ImageException(
          file.name(), at, "the unit says that it stands at 0x%x".formatted(file.longAt(at + 8)));
    }
    long nameSize = file.intAt(at + 40);
    if (nameSize == 0 || nameSize > MAX_NAME) {
      throw new ImageException(file.name(), at, "a unit's name of %d bytes".formatted(nameSize));
    }
    return new UnitHeader(
        file.textAt(at + SIZE, (int) nameSize),
        file.intAt(at + 24),
        file.intAt(at + 32),
        at + SIZE + nameSize);
  }

  boolean isEnd() {
    return name.isEmpty();
  }

  boolean isFinalPass() {
    return pass == FINAL_PASS;
  }

  /**
   * Where the first unit behind {@code position} stands by the directory at the file's end; -1
   * where there is no directory or no such unit.
   */
  static long nextInDirectory(ImageFile file, long position) throws ImageException {
    long footer = file.length() - FOOTER_SIZE;
    if (!file.startsWith(footer, FOOTER)) {
      return -1;
    }
    long count = file.intAt(footer + 20);
    long directory = footer - DIRECTORY_HEADER - count * DIRECTORY_ENTRY;
    if (count > MAX_DIRECTORY || !file.startsWith(directory, DIRECTORY)) {
      return -1;
    }
    long next = -1;
    for (int i = 0; i < count; i++) {
      long unit = file.longAt(directory + DIRECTORY_HEADER + (long) i * DIRECTORY_ENTRY);
      if (unit > position && (next < 0 || unit < next)) {
        next = unit;
      }
    }
    return next;
  }
}
