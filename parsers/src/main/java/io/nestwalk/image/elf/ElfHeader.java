package io.nestwalk.image.elf;

import io.nestwalk.image.ImageException;
import io.nestwalk.image.ImageFile;

/**
 * The ELF file header (Elf32_Ehdr, Elf64_Ehdr), little-endian.
 *
 * @param is64 whether the file is of class 64
 * @param type e_type
 * @param machine e_machine
 * @param flags e_flags
 * @param headerSize e_ehsize as written
 * @param programHeaders e_phoff, the file offset of the program headers
 * @param programHeaderSize e_phentsize
 * @param programHeaderCount e_phnum as written, so possibly {@link ElfConstants#PN_XNUM}
 * @param sectionHeaders e_shoff, the file offset of the section headers
 * @param sectionHeaderCount e_shnum
 */
record ElfHeader(
    boolean is64,
    int type,
    int machine,
    long flags,
    int headerSize,
    long programHeaders,
    int programHeaderSize,
    int programHeaderCount,
    long sectionHeaders,
    int sectionHeaderCount) {

  static boolean hasMagic(ImageFile file) {
    return file.startsWith(0, ElfConstants.MAGIC);
  }

  /** Whether the file says of itself that it is big-endian; nothing else of it is read then. */
  static boolean isBigEndian(ImageFile file) throws ImageException {
    return file.byteAt(ElfConstants.EI_DATA) == ElfConstants.DATA_BIG_ENDIAN;
  }

  static ElfHeader read(ImageFile file) throws ImageException {
    int elfClass = file.byteAt(ElfConstants.EI_CLASS);
    return switch (elfClass) {
      case ElfConstants.CLASS_64 ->
          new ElfHeader(
              true,
              file.shortAt(16),
              file.shortAt(18),
              file.intAt(48),
              file.shortAt(52),
              file.longAt(32),
              file.shortAt(54),
              file.shortAt(56),
              file.longAt(40),
              file.shortAt(60));
      case ElfConstants.CLASS_32 ->
          new ElfHeader(
              false,
              file.shortAt(16),
              file.shortAt(18),
              file.intAt(36),
              file.shortAt(40),
              file.intAt(28),
              file.shortAt(42),
              file.shortAt(44),
              file.intAt(32),
              file.shortAt(48));
      default ->
          throw new ImageException(
              file.name(), ElfConstants.EI_CLASS, "ELF class %d is unknown".formatted(elfClass));
    };
  }

  /** The smallest e_phentsize that holds the fields of this class. */
  int smallestProgramHeader() {
    return is64 ? ElfProgramHeader.SIZE_64 : ElfProgramHeader.SIZE_32;
  }
}
