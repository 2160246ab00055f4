package io.nestwalk.image.elf;

import io.nestwalk.image.ImageException;
import io.nestwalk.image.ImageFile;
import java.util.Optional;

/**
 * VirtualBox's note about its core (DBGFCOREDESCRIPTOR of VBox/vmm/dbgfcorefmt.h).
 *
 * @param formatVersion version of the CPU notes
 * @param version VirtualBox's version
 * @param cpus how many CPUs the machine has
 */
record VirtualBoxCoreNote(long formatVersion, String version, long cpus) {

  private static final long MAGIC = 0xc01ac0deL;
  private static final int SIZE = 24;

  /**
   * CPU notes of earlier versions (VirtualBox 4) are structures that differ from build to build.
   */
  private static final long FIRST_STABLE_CPU_NOTE = 0x10005;

  private static final long LAST_KNOWN_CPU_NOTE = 0x1ffff;

  /** Reads the note; empty when it is too short or has not the magic. */
  static Optional<VirtualBoxCoreNote> read(ImageFile file, ElfNote note) throws ImageException {
    if (note.size() < SIZE || file.intAt(note.offset()) != MAGIC) {
      return Optional.empty();
    }
    long version = file.intAt(note.offset() + 12);
    return Optional.of(
        new VirtualBoxCoreNote(
            file.intAt(note.offset() + 4),
            "%d.%d.%d".formatted(version >>> 24, (version >>> 16) & 0xff, version & 0xffff),
            file.intAt(note.offset() + 20)));
  }

  /** Whether the layout of the CPU notes is known. */
  boolean hasReadableCpus() {
    return formatVersion >= FIRST_STABLE_CPU_NOTE && formatVersion <= LAST_KNOWN_CPU_NOTE;
  }
}
