package io.nestwalk.image.elf;

import io.nestwalk.image.ImageException;
import io.nestwalk.image.ImageFile;
import java.util.ArrayList;
import java.util.List;

/** Reads the notes of PT_NOTE segments: {namesz, descsz, type, name, desc}, each padded to four. */
final class NoteReader {

  /** More notes than a machine with the largest number of CPUs has; what follows is not read. */
  private static final int MAX_NOTES = 65_536;

  private static final int HEADER = 12;

  /** The longest name that is known has ten letters; the rest of a longer one tells nothing. */
  private static final int NAME_SHOWN = 64;

  private final ImageFile file;
  private final List<ElfNote> notes = new ArrayList<>();
  private final List<String> warnings = new ArrayList<>();

  NoteReader(ImageFile file) {
    this.file = file;
  }

  /** Reads the notes of one segment, as far as they are sound and within the file. */
  void readSegment(ElfProgramHeader segment) throws ImageException {
    if (!file.holds(segment.offset(), 0) || segment.fileSize() < 0) {
      warnings.add("a PT_NOTE segment lies outside the file; its notes are lost");
      return;
    }
    read(segment.offset(), segment.fileSize());
  }

  /**
   * Reads the notes at a place, as far as they are sound and within the file.
   *
   * @param start within the file
   * @param length not negative
   */
  void read(long start, long length) throws ImageException {
    long position = start;
    long end = position + Math.min(length, file.length() - position);
    while (end - position >= HEADER) {
      if (notes.size() == MAX_NOTES) {
        warnings.add("more than %d notes; the rest is not read".formatted(MAX_NOTES));
        return;
      }
      long nameSize = file.intAt(position);
      long size = file.intAt(position + 4);
      long type = file.intAt(position + 8);
      if (nameSize == 0 && size == 0 && type == 0) {
        return; // padding after the last note
      }
      long offset = position + HEADER + padded(nameSize);
      if (offset > end || size > end - offset) {
        warnings.add(
            "the note at 0x%x reaches beyond the end of its segment or the file; it and what"
                    .formatted(position)
                + " follows are not read");
        return;
      }
      String name = file.textAt(position + HEADER, (int) Math.min(nameSize, NAME_SHOWN));
      notes.add(new ElfNote(name, type, offset, size));
      position = offset + padded(size);
    }
  }

  List<ElfNote> notes() {
    return notes;
  }

  List<String> warnings() {
    return warnings;
  }

  private static long padded(long size) {
    return (size + 3) & ~3L;
  }
}
