package io.nestwalk.image.xen;

import io.nestwalk.image.ImageException;
import io.nestwalk.image.ImageFile;
import java.util.Optional;

/**
 * The note about the domain, XEN_ELFNOTE_DUMPCORE_HEADER.
 *
 * @param paravirtual whether the guest's page tables hold machine addresses
 * @param cpus how many virtual CPUs
 * @param pages how many pages
 * @param pageSize in bytes
 */
record CoreHeader(boolean paravirtual, long cpus, long pages, long pageSize) {

  private static final long TYPE = 0x2000001;
  private static final long MAGIC_PV = 0xf00febedL;
  private static final long MAGIC_HVM = 0xf00febeeL;

  /** Name size, descriptor size, type, and the name "Xen" with its NUL. */
  private static final int NOTE_HEADER = 16;

  private static final int DESCRIPTOR = 32;

  /** Finds it in the section of notes; empty when it is not there or none that is known. */
  static Optional<CoreHeader> read(ImageFile file, Section notes) throws ImageException {
    long at = notes.offset();
    long end = at + notes.size();
    while (end - at >= NOTE_HEADER) {
      long size = file.intAt(at + 4);
      if (file.intAt(at + 8) == TYPE
          && size >= DESCRIPTOR
          && end - at >= NOTE_HEADER + DESCRIPTOR) {
        long start = at + NOTE_HEADER;
        long magic = file.longAt(start);
        return magic == MAGIC_PV || magic == MAGIC_HVM
            ? Optional.of(
                new CoreHeader(
                    magic == MAGIC_PV,
                    file.longAt(start + 8),
                    file.longAt(start + 16),
                    file.longAt(start + 24)))
            : Optional.empty();
      }
      at += NOTE_HEADER + ((size + 3) & ~3L);
    }
    return Optional.empty();
  }
}
