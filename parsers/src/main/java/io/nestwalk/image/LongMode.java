package io.nestwalk.image;

import java.util.Set;

/**
 * Whether an x86 CPU was in long mode, from its registers. Intel SDM volume 3, chapter 4.1.1:
 * paging (CR0.PG), PAE (CR4) and EFER.LMA; where a dump has no EFER, what only a CPU in long mode
 * can have.
 */
public final class LongMode {

  private static final long CR0_PAGING = 1L << 31;
  private static final long CR4_PAE = 1L << 5;
  private static final long EFER_LMA = 1L << 10;

  /** The L bit in a code segment descriptor's upper half: 64-bit code. */
  private static final long CS_LONG = 1L << 21;

  /** Registers that are cut to 32 bits outside long mode. */
  private static final Set<String> WIDE =
      Set.of(
          "rax",
          "rbx",
          "rcx",
          "rdx",
          "rsi",
          "rdi",
          "rbp",
          "rsp",
          "r8",
          "r9",
          "r10",
          "r11",
          "r12",
          "r13",
          "r14",
          "r15",
          "rip",
          "cr2",
          "gdt_base",
          "idt_base",
          "tr_base");

  private LongMode() {}

  /** What the registers tell. */
  public enum Answer {
    /** The CPU was in long mode. */
    YES,
    /** It was not. */
    NO,
    /** PAE paging was on, and nothing says which kind. */
    UNKNOWN
  }

  /** Whether the CPU with these registers was in long mode. */
  public static Answer of(Registers registers) {
    if (registers.get("cr0").isEmpty() || registers.get("cr4").isEmpty()) {
      return Answer.UNKNOWN;
    }
    if ((registers.get("cr0", 0) & CR0_PAGING) == 0 || (registers.get("cr4", 0) & CR4_PAE) == 0) {
      return Answer.NO;
    }
    if (registers.get("efer").isPresent()) {
      return (registers.get("efer", 0) & EFER_LMA) != 0 ? Answer.YES : Answer.NO;
    }
    if ((registers.get("cs_flags", 0) & CS_LONG) != 0) {
      return Answer.YES;
    }
    return Answer.UNKNOWN;
  }

  /**
   * Whether a register has a value that does not fit 32 bits. A CPU that has left long mode may
   * keep such values in what it does not use then, so this alone is weak.
   */
  public static boolean hasWideValue(Registers registers) {
    return registers.values().entrySet().stream()
        .anyMatch(register -> WIDE.contains(register.getKey()) && register.getValue() >>> 32 != 0);
  }
}
