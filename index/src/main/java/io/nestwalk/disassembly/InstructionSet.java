package io.nestwalk.disassembly;

import io.nestwalk.image.Architecture;

/**
 * What code is for, with the numbers that Capstone has for it (capstone.h: {@code cs_arch}, {@code
 * cs_mode}).
 */
public enum InstructionSet {
  /** Also of 32-bit programs under a 64-bit system. */
  X86(3, 1 << 2, 4),
  X86_64(3, 1 << 3, 4),
  AARCH64(1, 0, 4),
  /** With compressed instructions. */
  RISCV64(15, 1 << 1 | 1 << 2, 5);

  final int architecture;
  final int mode;

  /** The first of Capstone's versions that has it. */
  final int since;

  InstructionSet(int architecture, int mode, int since) {
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
}
