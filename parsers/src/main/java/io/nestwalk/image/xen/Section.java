package io.nestwalk.image.xen;

import io.nestwalk.image.ImageException;
import io.nestwalk.image.ImageFile;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A section of an ELF core of class 64, as far as it is within the file.
 *
 * @param offset where its content begins
 * @param size how many bytes of it the file has
 * @param claimed how many it should have
 */
record Section(long offset, long size, long claimed) {

  private static final int HEADER_SIZE = 64;

  /** Xen writes eight at most. */
  private static final int MAX_SECTIONS = 256;

  private static final int MAX_NAME = 64;

  /** The sections by name; those without a name, or outside the file, are left out. */
  static Map<String, Section> readAll(ImageFile file) throws ImageException {
    long table = file.longAt(40);
    int entrySize = file.shortAt(58);
    int count = Math.min(MAX_SECTIONS, file.shortAt(60));
    int nameIndex = file.shortAt(62);
    if (entrySize < HEADER_SIZE || !file.holds(table, (long) count * entrySize)) {
      throw new ImageException(
          file.name(), "the table of %d sections at 0x%x is cut".formatted(count, table));
    }
    Map<String, Section> sections = new LinkedHashMap<>();
    if (nameIndex >= count) {
      return sections;
    }
    long names = file.longAt(table + (long) nameIndex * entrySize + 24);
    for (int i = 0; i < count; i++) {
      long header = table + (long) i * entrySize;
      long offset = file.longAt(header + 24);
      long claimed = file.longAt(header + 32);
      long name = names + file.intAt(header);
      if (claimed <= 0 || !file.holds(offset, 1) || !file.holds(name, 1)) {
        continue;
      }
      String text = file.textAt(name, (int) Math.min(MAX_NAME, file.length() - name));
      sections.putIfAbsent(
          text, new Section(offset, Math.min(claimed, file.length() - offset), claimed));
    }
    return sections;
  }
}
