package io.nestwalk.extract;

import static org.assertj.core.api.Assertions.assertThat;

import io.nestwalk.image.Architecture;
import io.nestwalk.image.Cpu;
import io.nestwalk.image.Registers;
import io.nestwalk.machine.Machine;
import io.nestwalk.memory.AbsentMemory;
import io.nestwalk.system.GuestMapping;
import io.nestwalk.system.GuestProcess;
import io.nestwalk.system.GuestThread;
import io.nestwalk.system.Traits;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Threads that run, of which real images have one at a time. */
class ThreadStatesTest {

  private static final long ROOT = 0x5000;
  private static final GuestProcess PROCESS = process(100, ROOT);
  private static final GuestProcess OTHER = process(300, 0x6000);
  private static final List<GuestMapping> STACKS =
      List.of(mapping(0x10_0000), mapping(0x20_0000), mapping(0x30_0000));

  private static GuestProcess process(int pid, long root) {
    return GuestProcess.builder(pid, "busy", pid).root(OptionalLong.of(root)).build();
  }

  private static GuestMapping mapping(long start) {
    return new GuestMapping(
        start,
        start + 0x1_0000,
        "rw-p",
        GuestMapping.Kind.ANONYMOUS,
        Optional.empty(),
        0,
        Set.of(),
        0,
        0,
        Traits.NONE);
  }

  /**
   * A thread as the kernel has it.
   *
   * @param stack where its stack was when it last entered the kernel
   * @param cpu the kernel's number of the one that runs it; -1 for none
   */
  private record Known(int id, long stack, int cpu) {}

  /** A system that knows these threads, by the process that has them. */
  private static final class Threads extends PlainGuest {
    private final Map<GuestProcess, List<Known>> known;

    Threads(Map<GuestProcess, List<Known>> known) {
      this.known = known;
    }

    @Override
    public List<GuestProcess> processes() {
      return List.copyOf(known.keySet());
    }

    @Override
    public List<GuestThread> threads(GuestProcess process) {
      return known.get(process).stream()
          .map(each -> new GuestThread(each.id, "", each.id, Optional.empty(), Traits.NONE))
          .toList();
    }

    private Known of(int id) {
      return known.values().stream()
          .flatMap(List::stream)
          .filter(each -> each.id == id)
          .findFirst()
          .orElseThrow();
    }

    @Override
    public Registers registers(GuestProcess process) {
      return new Registers(Map.of("sp", of(process.pid()).stack));
    }

    @Override
    public Registers registers(GuestThread thread) {
      return new Registers(Map.of("sp", of(thread.id()).stack));
    }

    @Override
    public OptionalInt runningOn(GuestThread thread) {
      int cpu = of(thread.id()).cpu;
      return cpu < 0 ? OptionalInt.empty() : OptionalInt.of(cpu);
    }
  }

  private static Cpu cpu(int id, long stack, long pc) {
    return new Cpu(
        id,
        Architecture.AARCH64,
        new Registers(Map.of("pc", pc, "pstate", 0L, "sp", stack, "ttbr0_el1", ROOT)));
  }

  /** One of a dump that lacks the root. */
  private static Cpu rootless(long stack, long pc) {
    return new Cpu(
        0, Architecture.AARCH64, new Registers(Map.of("pc", pc, "pstate", 0L, "sp", stack)));
  }

  /** Where CPUs stand, by the threads that run on them. */
  private static Map<Integer, Long> running(Map<GuestProcess, List<Known>> known, Cpu... cpus) {
    Threads guest = new Threads(known);
    Machine machine = guest.machine(Architecture.AARCH64, AbsentMemory.INSTANCE, cpus);
    Map<Integer, Long> running = new TreeMap<>();
    ThreadStates.of(machine, guest, PROCESS, STACKS)
        .forEach(
            (id, state) ->
                state.registers().get("pc").ifPresent(counter -> running.put(id, counter)));
    return running;
  }

  /** The guest's CPUs were found in another order than its kernel numbers them in. */
  @Test
  void stacksTellMoreThanNumbers() {
    List<Known> known =
        List.of(
            new Known(100, 0x10_8000, -1),
            new Known(101, 0x20_8000, 0),
            new Known(102, 0x30_8000, 1));
    assertThat(running(Map.of(PROCESS, known), cpu(0, 0x30_7000, 0x333), cpu(1, 0x20_7000, 0x222)))
        .containsExactly(Map.entry(101, 0x222L), Map.entry(102, 0x333L));
  }

  /** Stacks of a language's own runtime, which lie side by side in its heap. */
  @Test
  void numbersTellWhereStacksDoNot() {
    List<Known> known =
        List.of(
            new Known(100, 0x10_8000, -1),
            new Known(101, 0x10_9000, 0),
            new Known(102, 0x10_a000, 1));
    assertThat(running(Map.of(PROCESS, known), cpu(0, 0x10_c000, 0x222), cpu(1, 0x10_d000, 0x333)))
        .containsExactly(Map.entry(101, 0x222L), Map.entry(102, 0x333L));
  }

  /** Two threads run, and of one CPU nothing is known: the one that is known may run either. */
  @Test
  void oneKnownCpuOfTwo() {
    List<Known> known =
        List.of(
            new Known(100, 0x10_8000, -1),
            new Known(101, 0x20_8000, 0),
            new Known(102, 0x30_8000, 1));
    assertThat(running(Map.of(PROCESS, known), cpu(0, 0x30_7000, 0x333)))
        .containsExactly(Map.entry(102, 0x333L));
    assertThat(running(Map.of(PROCESS, known), rootless(0x30_7000, 0x333))).isEmpty();
  }

  /** Without a root it is not known whose CPU it is, unless nothing else runs. */
  @Test
  void aCpuWithoutARoot() {
    List<Known> known = List.of(new Known(100, 0x10_8000, 5));
    Cpu cpu = rootless(0x10_7000, 0x111);
    assertThat(running(Map.of(PROCESS, known, OTHER, List.of(new Known(300, 1, -1))), cpu))
        .containsExactly(Map.entry(100, 0x111L));
    assertThat(running(Map.of(PROCESS, known, OTHER, List.of(new Known(300, 1, 6))), cpu))
        .isEmpty();
  }
}
