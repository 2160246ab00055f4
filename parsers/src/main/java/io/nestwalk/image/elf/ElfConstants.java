package io.nestwalk.image.elf;

/** Values of ELF fields, from the System V ABI's generic part. */
final class ElfConstants {

  static final byte[] MAGIC = {0x7f, 'E', 'L', 'F'};

  static final int EI_CLASS = 4;
  static final int EI_DATA = 5;
  static final int CLASS_32 = 1;
  static final int CLASS_64 = 2;
  static final int DATA_BIG_ENDIAN = 2;

  static final int ET_CORE = 4;

  /** The count of program headers that says: the real count is in section header 0. */
  static final int PN_XNUM = 0xffff;

  static final long PT_LOAD = 1;
  static final long PT_NOTE = 4;

  static final int EM_386 = 3;
  static final int EM_X86_64 = 62;
  static final int EM_AARCH64 = 183;
  static final int EM_RISCV = 243;

  static final long NT_PRSTATUS = 1;
  static final long NT_AUXV = 6;
  static final long NT_FILE = 0x46494c45;
  static final long NT_SIGINFO = 0x53494749;

  private ElfConstants() {}
}
