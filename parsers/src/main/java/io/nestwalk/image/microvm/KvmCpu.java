package io.nestwalk.image.microvm;

import io.nestwalk.image.Architecture;
import io.nestwalk.image.Cpu;
import io.nestwalk.image.LongMode;
import io.nestwalk.image.RegisterLayout;
import io.nestwalk.image.Registers;
import java.lang.foreign.MemorySegment;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * An x86 CPU as KVM hands it out: {@code struct kvm_regs} and {@code struct kvm_sregs} of Linux'
 * arch/x86/include/uapi/asm/kvm.h, which never change.
 */
final class KvmCpu {

  /** The size of {@code struct kvm_regs}. */
  static final int REGS = 144;

  /** The size of {@code struct kvm_sregs}. */
  static final int SREGS = 312;

  private static final RegisterLayout GENERAL =
      RegisterLayout.empty()
          .longs(0, "rax", "rbx", "rcx", "rdx", "rsi", "rdi", "rsp", "rbp")
          .longs(64, "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15", "rip", "rflags");

  private static final String[] SEGMENTS = {"cs", "ds", "es", "fs", "gs", "ss", "tr", "ldt"};
  private static final int SEGMENT = 24;
  private static final String[] TABLES = {"gdt", "idt"};
  private static final int TABLE = 16;
  private static final int CONTROL = SEGMENTS.length * SEGMENT + TABLES.length * TABLE;

  private static final RegisterLayout SPECIAL = special();

  /** Bit 1 of RFLAGS is always set. */
  private static final long RFLAGS_FIXED = 1 << 1;

  private static final long CR0_PE_ET = 0x11;

  /** Bits 63:62 and 61 of CR3 belong to linear-address masking. */
  private static final long CR3_RESERVED = 0x1ff0L << 48;

  private static final int EFER_BITS = 22;

  private KvmCpu() {}

  private static RegisterLayout special() {
    RegisterLayout layout = RegisterLayout.empty();
    int at = 0;
    for (String name : SEGMENTS) {
      layout = layout.longs(at, name + "_base").ints(at + 8, name + "_limit").shorts(at + 12, name);
      at += SEGMENT;
    }
    for (String name : TABLES) {
      layout = layout.longs(at, name + "_base").shorts(at + 8, name + "_limit");
      at += TABLE;
    }
    return layout.longs(CONTROL, "cr0", "cr2", "cr3", "cr4", "cr8", "efer", "apic_base");
  }

  /** The CPU out of the two structures. */
  static Cpu of(int id, MemorySegment regs, MemorySegment sregs) {
    Map<String, Long> values = new LinkedHashMap<>();
    GENERAL.read(regs, values);
    SPECIAL.read(sregs, values);
    return of(id, values);
  }

  /** The CPU out of registers by name. */
  static Cpu of(int id, Map<String, Long> values) {
    Registers registers = new Registers(values);
    boolean longMode = LongMode.of(registers) == LongMode.Answer.YES;
    return new Cpu(id, longMode ? Architecture.X86_64 : Architecture.X86, registers);
  }

  /** Whether the values are those of a CPU. */
  static boolean isPlausible(Cpu cpu) {
    Registers registers = cpu.registers();
    long cr0 = registers.get("cr0", -1);
    return (registers.get("rflags", 0) & RFLAGS_FIXED) != 0
        && registers.get("rflags", 0) >>> EFER_BITS == 0
        && cr0 >>> Integer.SIZE == 0
        && (cr0 & CR0_PE_ET) != 0
        && (registers.get("cr3", -1) & CR3_RESERVED) == 0
        && registers.get("efer", -1) >>> EFER_BITS == 0;
  }

  /** The names of the registers that are a number each in {@code kvm_regs}. */
  static String[] generalNames() {
    return new String[] {
      "rax", "rbx", "rcx", "rdx", "rsi", "rdi", "rsp", "rbp", "r8", "r9", "r10", "r11", "r12",
      "r13", "r14", "r15", "rip", "rflags"
    };
  }

  /** The names of those in {@code kvm_sregs}. */
  static String[] controlNames() {
    return new String[] {"cr0", "cr2", "cr3", "cr4", "cr8", "efer", "apic_base"};
  }

  static String[] segmentNames() {
    return SEGMENTS.clone();
  }

  static String[] tableNames() {
    return TABLES.clone();
  }
}
