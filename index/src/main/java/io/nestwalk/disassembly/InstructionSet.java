package io.nestwalk.disassembly;

import io.nestwalk.image.Architecture;

/**
 * What code is for, with the numbers that Capstone has for it (capstone.h: {@code cs_arch}, {@code
 * cs_mode}).
 */
public enum InstructionSet {
  /** Also of 32-bit programs under a 64-bit system. */
  X86("x86", 3, 1 << 2, 4),
  X86_64("x86-64", 3, 1 << 3, 4),
  AARCH64("AArch64", 1, 0, 4),
  /** With compressed instructions. */
  RISCV64("RISC-V", 15, 1 << 1 | 1 << 2, 5);

  private final String label;
  final int architecture;
  final int mode;

  /** The first of Capstone's versions that has it. */
  final int since;

  InstructionSet(String label, int architecture, int mode, int since) {
    this.label = label;
    this.architecture = architecture;
    this.mode = mode;
    this.since = since;
  }

  /** That of a machine's own programs. */
  public static InstructionSet of(Architecture architecture) {
    return switch (architecture) {
      case X86 -> X86;
      case X86_64 -> X86_64;
      case AARCH64 -> AARCH64;
      case RISCV64 -> RISCV64;
    };
  }

  /** What users read. */
  @Override
  public String toString() {
    return label;
  }
}
