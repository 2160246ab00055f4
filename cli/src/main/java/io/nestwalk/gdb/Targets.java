package io.nestwalk.gdb;

import io.nestwalk.extract.ThreadStates;
import io.nestwalk.extract.ThreadStates.ThreadState;
import io.nestwalk.image.Architecture;
import io.nestwalk.image.Cpu;
import io.nestwalk.image.Memory;
import io.nestwalk.image.RegisterNames;
import io.nestwalk.image.Registers;
import io.nestwalk.machine.Machine;
import io.nestwalk.memory.Layer;
import io.nestwalk.paging.PagingMode;
import io.nestwalk.session.Case;
import io.nestwalk.session.NotFoundException;
import io.nestwalk.system.GuestProcess;
import io.nestwalk.system.GuestSystem;
import io.nestwalk.system.GuestThread;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/** What of a case can be a target. */
public final class Targets {

  private static final long PAGE_MASK = -Layer.PAGE;

  private Targets() {}

  /**
   * A machine, with its CPUs as threads; with one without registers where none is known.
   *
   * @throws NotFoundException when no page-table root of it is known
   */
  public static Target cpus(Machine machine) throws NotFoundException {
    Memory current =
        machine
            .currentSpace()
            .orElseThrow(
                () -> new NotFoundException(machine.id() + ": no page-table root is known"));
    List<TargetThread> threads = new ArrayList<>();
    for (Cpu cpu : machine.cpus()) {
      threads.add(
          new TargetThread(
              threads.size() + 1,
              "CPU %d of %s".formatted(cpu.id(), machine.id()),
              cpu.registers(),
              withKernel(machine, spaceOf(machine, cpu, current))));
    }
    if (threads.isEmpty()) {
      threads.add(
          new TargetThread(
              1,
              "%s, of whose CPUs nothing is known".formatted(machine.id()),
              Registers.NONE,
              withKernel(machine, current)));
    }
    return new Target(machine.architecture(), threads);
  }

  /** The space that a CPU had; that of the first where its own root is not known. */
  private static Memory spaceOf(Machine machine, Cpu cpu, Memory current) {
    OptionalLong cr3 = cpu.registers().get(RegisterNames.CR3);
    boolean first = machine.cpus().getFirst().equals(cpu);
    if (first || cr3.isEmpty() || machine.architecture() != Architecture.X86_64) {
      return current;
    }
    PagingMode mode = machine.usualMode();
    return machine.space(mode, mode.rootAt(cr3.getAsLong() & PAGE_MASK));
  }

  private static Memory withKernel(Machine machine, Memory space) {
    return machine
        .system()
        .map(GuestSystem::kernelMemory)
        .<Memory>map(kernel -> new EitherMemory(space, kernel))
        .orElse(space);
  }

  /**
   * A process, with its threads; with one without registers where they are not known.
   *
   * @throws NotFoundException when there is no such process, or it has no memory of its own
   */
  public static Target process(Case opened, Machine machine, int pid) throws NotFoundException {
    GuestSystem system = opened.system(machine);
    GuestProcess process = opened.process(machine, pid);
    Optional<Layer> own = system.memoryOf(process);
    if (own.isEmpty()) {
      throw new NotFoundException(
          "%s: process %d (%s) has no memory of its own"
              .formatted(machine.id(), pid, process.name()));
    }
    Memory memory = withKernel(machine, own.get());
    Map<Integer, ThreadState> states =
        ThreadStates.of(machine, system, process, system.mappings(process));
    List<TargetThread> threads = new ArrayList<>();
    for (GuestThread thread : system.threads(process)) {
      if (thread.id() > 0) {
        ThreadState state = states.get(thread.id());
        Registers registers = state == null ? Registers.NONE : state.registers();
        threads.add(new TargetThread(thread.id(), thread.name(), registers, memory));
      }
    }
    if (threads.isEmpty()) {
      Registers registers = states.get(process.pid()).registers();
      threads.add(new TargetThread(Math.max(1, pid), process.name(), registers, memory));
    }
    return new Target(machine.architecture(), threads);
  }
}
