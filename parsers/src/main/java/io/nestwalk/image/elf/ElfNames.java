package io.nestwalk.image.elf;

/** What ELF's numbers are called, for messages about files that are refused. */
final class ElfNames {

  private ElfNames() {}

  static String type(int type) {
    return switch (type) {
      case 0 -> "of no type";
      case 1 -> "a relocatable object";
      case 2 -> "an executable";
      case 3 -> "a shared object or position-independent executable";
      default -> "e_type %d".formatted(type);
    };
  }

  static String machine(int machine) {
    return switch (machine) {
      case 2 -> "SPARC";
      case 8 -> "MIPS";
      case 20 -> "PowerPC";
      case 21 -> "64-bit PowerPC";
      case 22 -> "IBM S/390";
      case 40 -> "32-bit ARM";
      case 43 -> "64-bit SPARC";
      case 50 -> "Itanium";
      case ElfConstants.EM_RISCV -> "32-bit RISC-V";
      case 258 -> "LoongArch";
      default -> "e_machine %d".formatted(machine);
    };
  }
}
