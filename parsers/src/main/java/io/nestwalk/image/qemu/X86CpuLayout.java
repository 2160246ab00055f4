package io.nestwalk.image.qemu;

import java.util.ArrayList;
import java.util.List;

/**
 * The beginning of the section {@code cpu} of a 64-bit x86 machine, versions 11 and 12, for streams
 * without a description (QEMU's target/i386/machine.c; the part has not changed since 2009).
 */
final class X86CpuLayout {

  static final Section SECTION = new Section("cpu", 0, fields(), List.of());

  /** Bit 1 of RFLAGS is always set. */
  private static final long RFLAGS_FIXED = 1 << 1;

  /** SCE, LME, LMA, NXE, SVME, LMSLE, FFXSR, TCE. */
  private static final long EFER_BITS = 0xfd01;

  private static final long CR0_PE_ET = 0x11;

  private X86CpuLayout() {}

  /** Whether the values are those of a CPU: 32-bit machines have other offsets. */
  static boolean isPlausible(DeviceState state) {
    long cr0 = state.get("env.cr[0]", -1);
    return (state.get("env.eflags", 0) & RFLAGS_FIXED) != 0
        && state.get("env.eflags", 0) >>> 22 == 0
        && cr0 >>> 32 == 0
        && (cr0 & CR0_PE_ET) != 0
        && (state.get("env.efer", -1) & ~EFER_BITS) == 0
        && state.get("env.cr[3]", -1) >>> 52 == 0;
  }

  private static List<Field> fields() {
    List<Field> fields = new ArrayList<>();
    fields.add(Field.value("env.regs", 8, 16));
    fields.add(Field.value("env.eip", 8, 1));
    fields.add(Field.value("env.eflags", 8, 1));
    fields.add(Field.value("env.hflags", 4, 1));
    fields.add(unnamed(8 + 8 * 10)); // FPU control, status, tags; eight registers of 80 bits
    fields.add(segments("env.segs", 6));
    for (String name : List.of("env.ldt", "env.tr", "env.gdt", "env.idt")) {
      fields.add(segments(name, 1));
    }
    fields.add(Field.value("env.sysenter_cs", 4, 1));
    fields.add(Field.value("env.sysenter_esp", 8, 1));
    fields.add(Field.value("env.sysenter_eip", 8, 1));
    for (int register : new int[] {0, 2, 3, 4}) {
      fields.add(Field.value("env.cr[%d]".formatted(register), 8, 1));
    }
    fields.add(unnamed(8 * 8 + 4 + 4 + 16 * 16)); // debug registers, A20 mask, MXCSR, XMM
    for (String name : List.of("efer", "star", "lstar", "cstar", "fmask", "kernelgsbase")) {
      fields.add(Field.value("env." + name, 8, 1));
    }
    fields.add(Field.value("env.smbase", 4, 1));
    fields.add(Field.value("env.pat", 8, 1));
    fields.add(Field.value("env.hflags2", 4, 1));
    fields.add(Field.value("env.vm_hsave", 8, 1));
    fields.add(Field.value("env.vm_vmcb", 8, 1));
    return List.copyOf(fields);
  }

  private static Field segments(String name, int count) {
    List<Field> members =
        List.of(
            Field.value("selector", 4, 1),
            Field.value("base", 8, 1),
            Field.value("limit", 4, 1),
            Field.value("flags", 4, 1));
    return new Field(name, "struct", 20, count, -1, members, List.of());
  }

  private static Field unnamed(int bytes) {
    return new Field("", "buffer", bytes, 1, -1, List.of(), List.of());
  }
}
