package io.nestwalk.extract;

import static io.nestwalk.image.RegisterNames.RSP;
import static io.nestwalk.image.RegisterNames.SP;

import io.nestwalk.extract.ThreadStates.ThreadState;
import io.nestwalk.image.Cpu;
import io.nestwalk.image.Registers;
import io.nestwalk.machine.Machine;
import io.nestwalk.system.GuestMapping;
import io.nestwalk.system.GuestProcess;
import io.nestwalk.system.GuestSystem;
import io.nestwalk.system.GuestThread;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;

/**
 * Which of a process's threads a CPU runs: the one whose stack it uses; where stacks do not tell,
 * the one that the kernel has on it. The kernel numbers CPUs in its own way, while those of a guest
 * are in the order in which they were found, and not all may be.
 */
final class RunningThreads {

  private final GuestSystem system;
  private final GuestProcess process;
  private final List<GuestMapping> mappings;
  private final boolean oneCpu;

  /** The kernel's numbers of CPUs, by the threads that run. */
  private final Map<Integer, Integer> running = new LinkedHashMap<>();

  /** Threads that were told of a CPU: no other one runs them. */
  private final Set<Integer> taken = new HashSet<>();

  /**
   * The running threads.
   *
   * @param threads the process's
   * @param mappings the process's
   */
  RunningThreads(
      Machine machine,
      GuestSystem system,
      GuestProcess process,
      List<GuestThread> threads,
      List<GuestMapping> mappings) {
    this.system = system;
    this.process = process;
    this.mappings = mappings;
    oneCpu = machine.cpus().size() == 1;
    for (GuestThread thread : threads) {
      system.runningOn(thread).ifPresent(number -> running.put(thread.id(), number));
    }
  }

  /**
   * The thread that a CPU in user mode runs; empty when it runs none of this process, or nothing
   * tells that it does. To be asked once of each CPU.
   *
   * @param states what the kernel keeps of each thread
   */
  OptionalInt on(Cpu cpu, Map<Integer, ThreadState> states) {
    OptionalLong root = ThreadStates.rootOf(cpu);
    if (root.isPresent() && !isOurs(root)) {
      return OptionalInt.empty();
    }
    OptionalInt byKernel = byKernel(cpu, root.isPresent());
    if (root.isEmpty() && byKernel.isEmpty()) {
      return OptionalInt.empty();
    }
    List<Integer> onStack = onStack(cpu, states);
    OptionalInt found =
        byKernel.isPresent() && onStack.size() != 1
            ? byKernel
            : OptionalInt.of(onStack.isEmpty() ? process.pid() : onStack.getFirst());
    return taken.add(found.getAsInt()) ? found : OptionalInt.empty();
  }

  private boolean isOurs(OptionalLong root) {
    return root.getAsLong() != 0
        && (process.root().equals(root) || process.userRoot().equals(root));
  }

  /** Of one known CPU the number says nothing, but one thread that runs can run nowhere else. */
  private OptionalInt byKernel(Cpu cpu, boolean ours) {
    List<Integer> threads =
        running.entrySet().stream()
            .filter(each -> oneCpu || each.getValue() == cpu.id())
            .map(Map.Entry::getKey)
            .filter(each -> !taken.contains(each))
            .toList();
    return threads.size() == 1 && (!oneCpu || ours || !othersRun())
        ? OptionalInt.of(threads.getFirst())
        : OptionalInt.empty();
  }

  private boolean othersRun() {
    return system.processes().stream()
        .filter(each -> each.object() != process.object())
        .flatMap(each -> system.threads(each).stream())
        .anyMatch(thread -> system.runningOn(thread).isPresent());
  }

  /**
   * The threads whose stack the CPU uses, by where each one's was when it last entered the kernel;
   * of several in one mapping those that run.
   */
  private List<Integer> onStack(Cpu cpu, Map<Integer, ThreadState> states) {
    long pointer = stack(cpu.registers());
    List<Integer> threads =
        mappings.stream().filter(each -> holds(each, pointer)).limit(1).toList().stream()
            .flatMap(
                mapping ->
                    states.entrySet().stream()
                        .filter(each -> holds(mapping, stack(each.getValue().registers()))))
            .map(Map.Entry::getKey)
            .filter(each -> !taken.contains(each))
            .toList();
    List<Integer> active = threads.stream().filter(running::containsKey).toList();
    return threads.size() > 1 && !active.isEmpty() ? active : threads;
  }

  private static boolean holds(GuestMapping mapping, long address) {
    return Long.compareUnsigned(address, mapping.start()) >= 0
        && Long.compareUnsigned(address, mapping.end()) < 0;
  }

  private static long stack(Registers registers) {
    return registers.get(RSP, registers.get(SP, registers.get("x2", 0)));
  }
}
