package io.nestwalk.windows.memory;

import java.util.List;
import java.util.Optional;

/**
 * What several processes may map: a file, an image, or memory that the page file backs.
 *
 * @param path of the file, without the device; empty for none, and where it can't be read
 * @param hasFile whether the system says that there is a file
 * @param parts as they follow each other
 * @param entryBytes size of a prototype entry
 */
record Section(Optional<String> path, boolean hasFile, List<Part> parts, int entryBytes) {

  static final Section UNKNOWN = new Section(Optional.empty(), false, List.of(), Long.BYTES);

  private static final int SECTOR_SHIFT = 9;
  private static final int PAGE_SHIFT = 12;

  /** Nowhere in a file. */
  static final long NOWHERE = -1;

  /**
   * A {@code _SUBSECTION}: pages that lie side by side in the file and in the array of prototypes.
   *
   * @param address of the structure
   * @param base kernel address of its first prototype entry
   * @param count how many there are
   * @param sector where it begins in the file, in units of 512 bytes
   */
  record Part(long address, long base, long count, long sector) {}

  /** Where in the file the page of a prototype entry begins, or {@link #NOWHERE}. */
  long fileOffset(long prototype) {
    for (int i = 0; i < parts.size(); i++) {
      Part part = parts.get(i);
      long distance = prototype - part.base;
      if (distance >= 0 && distance < part.count * entryBytes) {
        return (part.sector << SECTOR_SHIFT) + ((distance / entryBytes) << PAGE_SHIFT);
      }
    }
    return NOWHERE;
  }

  /** Whether a prototype entry is one of this section. */
  boolean contains(long prototype) {
    return fileOffset(prototype) != NOWHERE;
  }

  /**
   * The prototype entry of a view's page.
   *
   * @param page how many pages behind the view's first
   * @return its kernel address, 0 for none
   */
  long prototypeOf(Vad.View view, long page) {
    long direct = view.firstPrototype() + page * entryBytes;
    if (view.contains(direct)) {
      return direct;
    }
    long index = -1;
    for (int i = 0; i < parts.size(); i++) {
      Part part = parts.get(i);
      if (index < 0 && part.address == view.subsection()) {
        index = (view.firstPrototype() - part.base) / entryBytes + page;
      }
      if (index >= 0) {
        if (index < part.count) {
          return part.base + index * entryBytes;
        }
        index -= part.count;
      }
    }
    return 0;
  }
}
