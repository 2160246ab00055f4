package io.nestwalk.extract;

import static io.nestwalk.image.RegisterNames.CR3;
import static io.nestwalk.image.RegisterNames.PC;
import static io.nestwalk.image.RegisterNames.RIP;
import static io.nestwalk.image.RegisterNames.SATP;

import io.nestwalk.image.Architecture;
import io.nestwalk.image.Cpu;
import io.nestwalk.image.Registers;
import io.nestwalk.machine.Machine;
import io.nestwalk.system.FloatingPoint;
import io.nestwalk.system.GuestMapping;
import io.nestwalk.system.GuestProcess;
import io.nestwalk.system.GuestSystem;
import io.nestwalk.system.GuestThread;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/**
 * Registers of a process's threads in user mode. The kernel keeps those of a thread that does not
 * run; a CPU has them only while it is in user mode: an idle CPU, and one in a system call, has the
 * process's root too, and the kernel's registers.
 */
public final class ThreadStates {

  private static final long X86_ROOT = 0x000f_ffff_ffff_f000L;
  private static final long ARM_ROOT = 0x0000_ffff_ffff_fffeL;
  private static final long RISCV_ROOT = (1L << 44) - 1;
  private static final int PAGE_SHIFT = 12;

  /** Where 32-bit Linux's kernel begins, as nearly everybody configures it. */
  private static final long X86_KERNEL = 0xc000_0000L;

  /** PSTATE.M: exception level, and whether it uses its own stack pointer. */
  private static final int ARM_MODE = 0xf;

  /**
   * What is known of a thread.
   *
   * @param floatingPoint unknown where a CPU has it
   */
  public record ThreadState(Registers registers, FloatingPoint floatingPoint) {}

  private ThreadStates() {}

  /**
   * By the threads' numbers, the first thread first; at least that one.
   *
   * @param mappings the process's
   */
  public static Map<Integer, ThreadState> of(
      Machine machine, GuestSystem system, GuestProcess process, List<GuestMapping> mappings) {
    Map<Integer, ThreadState> states = new LinkedHashMap<>();
    states.put(process.pid(), new ThreadState(system.registers(process), FloatingPoint.UNKNOWN));
    List<GuestThread> threads = system.threads(process);
    for (GuestThread thread : threads) {
      boolean first = thread.id() == process.pid();
      Registers kept = first ? system.registers(process) : system.registers(thread);
      if (first || !kept.values().isEmpty()) {
        states.put(thread.id(), new ThreadState(kept, system.floatingPoint(thread)));
      }
    }
    RunningThreads running = new RunningThreads(machine, system, process, threads, mappings);
    for (Cpu cpu : machine.cpus()) {
      if (isInUserMode(cpu)) {
        running
            .on(cpu, states)
            .ifPresent(
                thread ->
                    states.put(thread, new ThreadState(cpu.registers(), FloatingPoint.UNKNOWN)));
      }
    }
    return states;
  }

  private static boolean isInUserMode(Cpu cpu) {
    Registers registers = cpu.registers();
    return switch (cpu.architecture()) {
      case X86, X86_64 ->
          // CS tells; where it is not known, a kernel's addresses are those of the upper part.
          registers.get(RIP).isPresent()
              && (registers.get("cs", 3) & 3) == 3
              && Long.compareUnsigned(registers.get(RIP, 0), kernelFrom(cpu)) < 0;
      case AARCH64 ->
          registers.get(PC).isPresent() && (registers.get("pstate", ARM_MODE) & ARM_MODE) == 0;
      case RISCV64 -> registers.get(PC, 0) > 0;
    };
  }

  /** The root of the tables that a CPU uses in user mode; dumps of ARM64 and RISC-V may lack it. */
  static OptionalLong rootOf(Cpu cpu) {
    Registers registers = cpu.registers();
    return switch (cpu.architecture()) {
      case X86, X86_64 -> OptionalLong.of(registers.get(CR3, 0) & X86_ROOT);
      case AARCH64 -> masked(registers.get("ttbr0_el1"), ARM_ROOT, 0);
      case RISCV64 -> masked(registers.get(SATP), RISCV_ROOT, PAGE_SHIFT);
    };
  }

  private static OptionalLong masked(OptionalLong register, long mask, int shift) {
    return register.isPresent()
        ? OptionalLong.of((register.getAsLong() & mask) << shift)
        : register;
  }

  private static long kernelFrom(Cpu cpu) {
    boolean narrow = cpu.architecture() == Architecture.X86 && cpu.registers().get("cs").isEmpty();
    return narrow ? X86_KERNEL : Long.MIN_VALUE;
  }
}
