package io.nestwalk.image.kdump;

import io.nestwalk.image.ImageException;
import io.nestwalk.image.PiecedFile;

/**
 * The second header (struct kdump_sub_header), which has grown with the versions: what a version
 * lacks is 0 here.
 */
final class SubHeader {

  private final PiecedFile file;
  private final long start;
  private final boolean is64;
  private final int version;

  SubHeader(PiecedFile file, long start, boolean is64, int version) {
    this.file = file;
    this.start = start;
    this.is64 = is64;
    this.version = version;
  }

  long dumpLevel() throws ImageException {
    return file.intAt(start + (is64 ? 8 : 4));
  }

  boolean isSplit() throws ImageException {
    return version >= 2 && file.intAt(start + (is64 ? 12 : 8)) != 0;
  }

  long firstPage() throws ImageException {
    return version >= 2 ? word(16, 12) : 0;
  }

  long endPage() throws ImageException {
    return version >= 2 ? word(24, 16) : 0;
  }

  long vmcoreinfo() throws ImageException {
    return version >= 3 ? file.longAt(start + (is64 ? 32 : 20)) : 0;
  }

  long vmcoreinfoSize() throws ImageException {
    return version >= 3 ? word(40, 28) : 0;
  }

  long notes() throws ImageException {
    return version >= 4 ? file.longAt(start + (is64 ? 48 : 32)) : 0;
  }

  long notesSize() throws ImageException {
    return version >= 4 ? word(56, 40) : 0;
  }

  /** Since version 6; the older fields are cut to 32 bits on 32-bit machines. */
  long firstPage64() throws ImageException {
    return file.longAt(start + (is64 ? 80 : 56));
  }

  long endPage64() throws ImageException {
    return file.longAt(start + (is64 ? 88 : 64));
  }

  long maxPage() throws ImageException {
    return file.longAt(start + (is64 ? 96 : 72));
  }

  private long word(int offset64, int offset32) throws ImageException {
    return is64 ? file.longAt(start + offset64) : file.intAt(start + offset32);
  }
}
