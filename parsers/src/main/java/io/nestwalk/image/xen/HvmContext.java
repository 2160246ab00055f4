package io.nestwalk.image.xen;

import io.nestwalk.image.Architecture;
import io.nestwalk.image.Cpu;
import io.nestwalk.image.LongMode;
import io.nestwalk.image.Memory;
import io.nestwalk.image.RegisterLayout;
import io.nestwalk.image.Registers;
import java.lang.foreign.MemorySegment;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The state of a hardware-virtualized domain (record HVM_CONTEXT): entries of which those of type 2
 * are CPUs, struct hvm_hw_cpu of xen/include/public/arch-x86/hvm/save.h.
 */
final class HvmContext {

  private static final int CPU = 2;
  private static final int ENTRY_HEADER = 8;
  private static final int MAX_CPUS = 8192;

  private static final RegisterLayout LAYOUT =
      RegisterLayout.empty()
          .longs(512, "rax", "rbx", "rcx", "rdx", "rbp", "rsi", "rdi", "rsp")
          .longs(576, "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15", "rip", "rflags")
          .longs(656, "cr0", "cr2", "cr3", "cr4")
          .ints(736, "cs", "ds", "es", "fs", "gs", "ss", "tr", "ldt")
          .ints(800, "idt_limit", "gdt_limit")
          .longs(808, "cs_base", "ds_base", "es_base", "fs_base", "gs_base", "ss_base")
          .longs(856, "tr_base", "ldt_base", "idt_base", "gdt_base")
          .longs(920, "sysenter_cs", "sysenter_esp", "sysenter_eip", "kernel_gs_base")
          .longs(960, "lstar", "star", "cstar", "fmask", "efer");

  private HvmContext() {}

  /** Reads the CPUs. */
  static List<Cpu> cpus(MemorySegment context) {
    Map<Integer, Cpu> cpus = new TreeMap<>();
    long at = 0;
    while (context.byteSize() - at >= ENTRY_HEADER) {
      int head = context.get(Memory.INT, at);
      long length = Integer.toUnsignedLong(context.get(Memory.INT, at + 4));
      at += ENTRY_HEADER;
      if (length > context.byteSize() - at) {
        break;
      }
      int instance = head >>> 16;
      if ((head & 0xffff) == CPU && length >= LAYOUT.length() && instance < MAX_CPUS) {
        Map<String, Long> values = new LinkedHashMap<>();
        LAYOUT.read(context.asSlice(at, length), values);
        Registers registers = new Registers(values);
        boolean longMode = LongMode.of(registers) == LongMode.Answer.YES;
        cpus.put(
            instance,
            new Cpu(instance, longMode ? Architecture.X86_64 : Architecture.X86, registers));
      }
      at += length;
    }
    return List.copyOf(cpus.values());
  }
}
