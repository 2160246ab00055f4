package io.nestwalk.image.elf;

import io.nestwalk.image.ImageException;
import io.nestwalk.image.ImageFile;

/**
 * What a core needs of a section header (Elf32_Shdr, Elf64_Shdr).
 *
 * @param info sh_info; in section 0 the count of program headers that e_phnum can't hold
 */
record ElfSectionHeader(long info) {

  static ElfSectionHeader read(ImageFile file, long offset, boolean is64) throws ImageException {
    int infoOffset = is64 ? 44 : 28;
    if (!file.holds(offset, infoOffset + Integer.BYTES)) {
      throw new ImageException(
          file.name(), "section header 0 at 0x%x lies outside the file".formatted(offset));
    }
    return new ElfSectionHeader(file.intAt(offset + infoOffset));
  }
}
