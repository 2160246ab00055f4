package io.nestwalk.windows.memory;

import java.util.Optional;

/**
 * A virtual address descriptor: what Windows knows of a stretch of a process's addresses.
 *
 * @param node kernel address of the {@code _MMVAD}
 * @param start the first address
 * @param end one past the last
 * @param type {@code VadType}
 * @param protection what was asked for when it was made; pages may have another
 * @param isPrivate whether it is memory of the process's own
 * @param commit whether its pages were committed when it was made
 * @param section the pages that it shows; none for private memory
 */
record Vad(
    long node,
    long start,
    long end,
    int type,
    Protection protection,
    boolean isPrivate,
    boolean commit,
    Optional<View> section) {

  static final int DEVICE_PHYSICAL_MEMORY = 1;
  static final int IMAGE_MAP = 2;
  static final int AWE = 3;
  static final int WRITE_WATCH = 4;
  static final int LARGE_PAGES = 5;
  static final int ROTATE_PHYSICAL = 6;
  static final int LARGE_PAGE_SECTION = 7;

  /**
   * The part of a section that a descriptor shows.
   *
   * @param subsection kernel address of the {@code _SUBSECTION} that it begins in
   * @param firstPrototype kernel address of its first page's prototype entry
   * @param lastPrototype of the last one that lies side by side with the first
   */
  record View(long subsection, long firstPrototype, long lastPrototype) {

    /** Whether a prototype entry is one of those that lie side by side. */
    boolean contains(long prototype) {
      return Long.compareUnsigned(prototype, firstPrototype) >= 0
          && Long.compareUnsigned(prototype, lastPrototype) <= 0;
    }
  }

  boolean contains(long address) {
    return Long.compareUnsigned(address, start) >= 0 && Long.compareUnsigned(address, end) < 0;
  }
}
