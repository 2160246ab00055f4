package io.nestwalk.linux;

import io.nestwalk.image.Architecture;
import io.nestwalk.image.Registers;
import io.nestwalk.linux.kernel.Kernel;
import io.nestwalk.types.Field;
import io.nestwalk.types.StructLayout;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A thread's registers as it last entered the kernel: {@code struct pt_regs} at the top of its
 * kernel stack ({@code task_pt_regs} of each architecture).
 */
final class ThreadRegisters {

  /** THREAD_SIZE: 16 KiB; twice that with KASAN, and with 64 KiB pages at least 64 KiB. */
  private static final List<Integer> STACK_SIZES = List.of(1 << 14, 1 << 15, 1 << 16, 1 << 13);

  /** TOP_OF_KERNEL_STACK_PADDING: none, or what an FRED frame takes. */
  private static final List<Integer> PADDINGS = List.of(0, 16);

  /** A user's code segment has the lowest privilege. */
  private static final int RING_MASK = 3;

  /** PSR_MODE_MASK: 0 is EL0. */
  private static final int EXCEPTION_LEVEL_MASK = 0xf;

  private static final Map<String, String> X86_64 = x86();

  /** {@code struct pt_regs}'s names for x1 to x31, those of the calling convention. */
  private static final List<String> RISCV_GENERAL =
      List.of(
          "ra", "sp", "gp", "tp", "t0", "t1", "t2", "s0", "s1", "a0", "a1", "a2", "a3", "a4", "a5",
          "a6", "a7", "s2", "s3", "s4", "s5", "s6", "s7", "s8", "s9", "s10", "s11", "t3", "t4",
          "t5", "t6");

  private static final long RISCV_STACK_ALIGNMENT = 16;

  /** SR_SPP: the trap came from the kernel. */
  private static final long RISCV_PREVIOUS_PRIVILEGE = 1 << 8;

  private final Kernel kernel;

  ThreadRegisters(Kernel kernel) {
    this.kernel = kernel;
  }

  /** The registers of a task; none where they are not in memory or not of user mode. */
  Registers of(long task) {
    Optional<Field> stackField = kernel.types().findField("task_struct", "stack");
    Optional<StructLayout> layout = kernel.types().find("pt_regs");
    Architecture architecture = kernel.tables().mode().architecture();
    if (stackField.isEmpty() || layout.isEmpty() || architecture == Architecture.X86) {
      return Registers.NONE;
    }
    long stack = kernel.value(stackField.get(), task);
    if (!kernel.isReadable(stack)) {
      return Registers.NONE;
    }
    for (int size : STACK_SIZES) {
      for (int padding : PADDINGS) {
        long saved = stack + size - padding - layout.get().size();
        Registers found =
            switch (architecture) {
              case X86_64 -> x86(layout.get(), saved, task);
              case AARCH64 -> arm(layout.get(), saved);
              case RISCV64 -> riscv(layout.get(), stack + size - padding, saved);
              case X86 -> Registers.NONE;
            };
        if (!found.values().isEmpty()) {
          return found;
        }
      }
    }
    return Registers.NONE;
  }

  private Registers x86(StructLayout layout, long saved, long task) {
    Optional<Field> cs = layout.find("cs");
    Optional<Field> ip = layout.find("ip");
    if (cs.isEmpty()
        || ip.isEmpty()
        || (kernel.value(cs.get(), saved) & RING_MASK) != RING_MASK
        || kernel.value(ip.get(), saved) <= 0) {
      return Registers.NONE;
    }
    Map<String, Long> values = new LinkedHashMap<>();
    X86_64.forEach(
        (member, name) ->
            layout.find(member).ifPresent(f -> values.put(name, kernel.value(f, saved))));
    kernel
        .types()
        .findField("task_struct", "thread.fsbase")
        .ifPresent(field -> values.put("fs_base", kernel.value(field, task)));
    kernel
        .types()
        .findField("task_struct", "thread.gsbase")
        .ifPresent(field -> values.put("gs_base", kernel.value(field, task)));
    return new Registers(values);
  }

  private Registers arm(StructLayout layout, long saved) {
    Optional<Field> general = layout.find("regs");
    Optional<Field> pc = layout.find("pc");
    Optional<Field> sp = layout.find("sp");
    Optional<Field> pstate = layout.find("pstate");
    if (general.isEmpty()
        || pc.isEmpty()
        || sp.isEmpty()
        || pstate.isEmpty()
        || (kernel.value(pstate.get(), saved) & EXCEPTION_LEVEL_MASK) != 0
        || kernel.value(pc.get(), saved) <= 0) {
      return Registers.NONE;
    }
    Map<String, Long> values = new LinkedHashMap<>();
    for (int i = 0; i < general.get().count(); i++) {
      values.put("x" + i, kernel.pointer(general.get().at(saved, i)));
    }
    values.put("sp", kernel.value(sp.get(), saved));
    values.put("pc", kernel.value(pc.get(), saved));
    values.put("pstate", kernel.value(pstate.get(), saved));
    return new Registers(values);
  }

  /** The structure begins at a multiple of the stack's alignment (processor.h, task_pt_regs). */
  private Registers riscv(StructLayout layout, long top, long unaligned) {
    long saved = top - (top - unaligned + RISCV_STACK_ALIGNMENT - 1 & -RISCV_STACK_ALIGNMENT);
    Optional<Field> status = layout.find("status");
    Optional<Field> pc = layout.find("epc");
    if (status.isEmpty()
        || pc.isEmpty()
        || (kernel.value(status.get(), saved) & RISCV_PREVIOUS_PRIVILEGE) != 0
        || kernel.value(pc.get(), saved) <= 0) {
      return Registers.NONE;
    }
    Map<String, Long> values = new LinkedHashMap<>();
    values.put("pc", kernel.value(pc.get(), saved));
    for (int i = 0; i < RISCV_GENERAL.size(); i++) {
      String register = "x" + (i + 1);
      layout
          .find(RISCV_GENERAL.get(i))
          .ifPresent(field -> values.put(register, kernel.value(field, saved)));
    }
    return new Registers(values);
  }

  /** The structure's names for registers, and the manual's. */
  private static Map<String, String> x86() {
    Map<String, String> names = new LinkedHashMap<>();
    for (String name : List.of("r15", "r14", "r13", "r12", "r11", "r10", "r9", "r8", "cs", "ss")) {
      names.put(name, name);
    }
    for (String name : List.of("bp", "bx", "ax", "cx", "dx", "si", "di", "ip", "sp", "flags")) {
      names.put(name, "r" + name);
    }
    return names;
  }
}
