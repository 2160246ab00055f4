package io.nestwalk.image.xen;

import io.nestwalk.image.ImageException;
import io.nestwalk.image.ImageFile;

/**
 * The frame numbers of the pages of a core, in the order of the pages.
 *
 * @param file the core
 * @param section where they stand
 * @param entrySize how many bytes an entry has
 * @param offset where in an entry the number is
 */
record FrameTable(ImageFile file, Section section, int entrySize, int offset) {

  long count() {
    return section.size() / entrySize;
  }

  long frame(long page) throws ImageException {
    return file.longAt(section.offset() + page * entrySize + offset);
  }
}
