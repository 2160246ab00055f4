package io.nestwalk.image.elf;

import io.nestwalk.image.ImageException;
import io.nestwalk.image.ImageFile;

/**
 * A program header (Elf32_Phdr, Elf64_Phdr). Values of 2^63 or more are negative here: writers use
 * all ones for "nowhere".
 *
 * @param type p_type
 * @param offset p_offset, where the content stands in the file
 * @param virtualAddress p_vaddr
 * @param physicalAddress p_paddr
 * @param fileSize p_filesz, how many bytes are stored
 * @param memorySize p_memsz, how many bytes the segment has in memory
 */
record ElfProgramHeader(
    long type,
    long offset,
    long virtualAddress,
    long physicalAddress,
    long fileSize,
    long memorySize) {

  static final int SIZE_64 = 56;
  static final int SIZE_32 = 32;

  static ElfProgramHeader read(ImageFile file, long at, boolean is64) throws ImageException {
    if (is64) {
      return new ElfProgramHeader(
          file.intAt(at),
          file.longAt(at + 8),
          file.longAt(at + 16),
          file.longAt(at + 24),
          file.longAt(at + 32),
          file.longAt(at + 40));
    }
    return new ElfProgramHeader(
        file.intAt(at),
        file.intAt(at + 4),
        file.intAt(at + 8),
        file.intAt(at + 12),
        file.intAt(at + 16),
        file.intAt(at + 20));
  }
}
