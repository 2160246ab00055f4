package io.nestwalk.image;

/** The instruction sets whose page tables are walked here. */
public enum Architecture {
  /** 32-bit x86, with or without PAE. */
  X86("x86"),
  /** 64-bit x86 in long mode. */
  X86_64("x86-64"),
  /** 64-bit ARM. */
  AARCH64("aarch64"),
  /** 64-bit RISC-V. */
  RISCV64("riscv64");

  private final String label;

  Architecture(String label) {
    this.label = label;
  }

  /** The name that users see. */
  @Override
  public String toString() {
    return label;
  }
}
