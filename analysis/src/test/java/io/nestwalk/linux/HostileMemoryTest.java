package io.nestwalk.linux;

import static org.assertj.core.api.Assertions.assertThat;

import io.nestwalk.synthetic.PatchedMemory;
import io.nestwalk.system.CachedFile;
import io.nestwalk.system.GuestProcess;
import io.nestwalk.system.GuestSystem;
import io.nestwalk.types.KernelTypes;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Real machines whose memory has been made to lie. */
class HostileMemoryTest {

  private static final int PAGE = 4096;

  /** A real machine, what it says of itself, and a copy of its memory to change. */
  private static final class Subject {

    private final RealMachine machine;
    private final LinuxSystem honest;
    private final PatchedMemory memory;

    Subject(String name) {
      machine = RealMachine.get(name);
      honest = (LinuxSystem) machine.system();
      memory = new PatchedMemory(machine.physical());
    }

    KernelTypes types() {
      return honest.types();
    }

    GuestProcess process(String name) {
      return honest.processes().stream()
          .filter(process -> process.name().equals(name))
          .findFirst()
          .orElseThrow();
    }

    long physical(long address) {
      return io.nestwalk.paging.Translation.address(machine.tables().translate(address));
    }

    long pointer(long address) {
      return honest.kernelMemory().getLong(address, 0);
    }

    void putPointer(long address, long value) {
      memory.putLong(physical(address), value);
    }

    GuestSystem lying() {
      return machine.over(memory).system();
    }
  }

  private static List<Integer> pids(GuestSystem system) {
    return system.processes().stream().map(GuestProcess::pid).toList();
  }

  /** Takes a node out of a doubly linked list, as a rootkit does. */
  private static void unlink(Subject subject, long node) {
    long next = subject.pointer(node);
    long previous = subject.pointer(node + Long.BYTES);
    subject.putPointer(previous, next);
    subject.putPointer(next + Long.BYTES, previous);
  }

  @ParameterizedTest
  @ValueSource(strings = {"kvm-npt host", "kvm-ept vm1", "kvm-arm64 vm1", "linux-la57 host"})
  void processTakenOutOfTheTaskListIsSeenByOthers(String name) {
    Subject subject = new Subject(name);
    GuestProcess hidden = subject.honest.processes().getLast();
    unlink(subject, subject.types().field("task_struct", "tasks").at(hidden.object()));
    GuestSystem system = subject.lying();
    assertThat(pids(system)).isEqualTo(pids(subject.honest));
    for (GuestProcess process : system.processes()) {
      if (process.pid() == hidden.pid()) {
        assertThat(process.seenBy()).containsExactly("children", "pid-table");
        assertThat(process.path()).isEqualTo(hidden.path());
      } else {
        assertThat(process.seenBy()).hasSize(3);
      }
    }
  }

  @Test
  void processTakenOutOfAllListsIsSeenByItsPid() {
    Subject subject = new Subject("kvm-npt host");
    GuestProcess hidden = subject.process("filemap");
    unlink(subject, subject.types().field("task_struct", "tasks").at(hidden.object()));
    unlink(subject, subject.types().field("task_struct", "sibling").at(hidden.object()));
    GuestSystem system = subject.lying();
    assertThat(pids(system)).isEqualTo(pids(subject.honest));
    assertThat(
            system.processes().stream()
                .filter(process -> process.pid() == hidden.pid())
                .findFirst()
                .orElseThrow()
                .seenBy())
        .containsExactly("pid-table");
  }

  @ParameterizedTest
  @CsvSource({"tasks", "sibling"})
  void listThatReturnsToItselfEnds(String member) {
    Subject subject = new Subject("kvm-npt host");
    long from =
        subject.types().field("task_struct", member).at(subject.process("workers").object());
    long to = subject.types().field("task_struct", member).at(subject.process("marker").object());
    subject.putPointer(from, to);
    GuestSystem system = subject.lying();
    assertThat(pids(system)).isEqualTo(pids(subject.honest));
    assertThat(system.warnings()).anyMatch(line -> line.contains("returns to"));
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 1, 0x4141414141414141L, -1, -8, 0xffff_8000_0000_0000L})
  void wildPointersAreToldWithTheirAddress(long wild) {
    Subject subject = new Subject("kvm-npt host");
    long node =
        subject.types().field("task_struct", "tasks").at(subject.process("workers").object());
    subject.putPointer(node, wild);
    GuestSystem system = subject.lying();
    assertThat(pids(system)).isEqualTo(pids(subject.honest));
    assertThat(system.warnings())
        .anyMatch(line -> line.contains("0x%x leads to 0x%x".formatted(node, wild)));
  }

  @Test
  void namesWithoutEndAreCutOff() {
    Subject subject = new Subject("kvm-npt host");
    GuestProcess victim = subject.process("workers");
    long name = subject.physical(subject.types().field("task_struct", "comm").at(victim.object()));
    for (int i = 0; i < 64; i++) {
      subject.memory.putByte(name + i, 27);
    }
    assertThat(subject.lying().processes().stream().map(GuestProcess::name))
        .contains("\033".repeat(16));
  }

  @Test
  void directoryThatIsItsOwnGrandparentEnds() {
    Subject subject = new Subject("kvm-npt host");
    GuestProcess victim = subject.process("workers");
    long mm = subject.pointer(subject.types().field("task_struct", "mm").at(victim.object()));
    long file = subject.pointer(subject.types().field("mm_struct", "exe_file").at(mm));
    long entry = subject.pointer(subject.types().field("file", "f_path.dentry").at(file));
    long parent = subject.pointer(subject.types().field("dentry", "d_parent").at(entry));
    subject.putPointer(subject.types().field("dentry", "d_parent").at(parent), entry);
    GuestSystem system = subject.lying();
    GuestProcess read =
        system.processes().stream()
            .filter(process -> process.pid() == victim.pid())
            .findFirst()
            .orElseThrow();
    assertThat(read.path().orElseThrow().length()).isLessThan(8192);
    assertThat(system.warnings()).anyMatch(line -> line.contains("longer than"));
  }

  @Test
  void mapleNodeThatHoldsItselfEnds() {
    Subject subject = new Subject("kvm-npt host");
    GuestProcess victim = subject.process("marker");
    long mm = subject.pointer(subject.types().field("task_struct", "mm").at(victim.object()));
    long tree = subject.types().field("mm_struct", "mm_mt.ma_root").at(mm);
    long root = subject.pointer(tree);
    long node = root & ~0xffL;
    // Every slot of the root leads back to the root.
    for (int i = 0; i < 10; i++) {
      subject.putPointer(subject.types().field("maple_arange_64", "slot").at(node, i), root);
    }
    GuestSystem system = subject.lying();
    assertThat(system.mappings(victim)).isEmpty();
    assertThat(system.warnings()).isNotEmpty();
  }

  /** Random lies in the structures that are read: whatever comes out, something comes out. */
  @ParameterizedTest
  @ValueSource(strings = {"kvm-npt host", "kvm-shadow host", "kvm-arm64 host", "linux-la57 host"})
  void randomLiesHarmNobody(String name) {
    Subject subject = new Subject(name);
    List<Long> pages = StructurePages.of(subject.honest);
    for (int seed = 0; seed < 6; seed++) {
      Random random = new Random(seed);
      Subject round = new Subject(name);
      for (int i = 0; i < 400; i++) {
        long page = pages.get(random.nextInt(pages.size()));
        long value =
            switch (random.nextInt(4)) {
              case 0 -> random.nextLong();
              case 1 -> pages.get(random.nextInt(pages.size())) + 8L * random.nextInt(512);
              case 2 -> random.nextInt(64);
              default -> -1L - random.nextInt(1 << 20);
            };
        round.putPointer(page + 8L * random.nextInt(PAGE / 8), value);
      }
      Optional<GuestSystem> system =
          LinuxSystem.recognise(round.memory, List.of(round.machine.tables().over(round.memory)));
      if (system.isPresent()) {
        List<GuestProcess> processes = system.get().processes();
        assertThat(processes.size()).isLessThan(1000);
        for (GuestProcess process : processes) {
          assertThat(system.get().mappings(process).size()).isLessThan(10_000);
          assertThat(system.get().openFiles(process)).isNotNull();
          assertThat(system.get().threads(process).size()).isLessThan(1000);
          assertThat(system.get().context(process)).isNotNull();
        }
        assertThat(system.get().sockets().sockets().size()).isLessThan(10_000);
        assertThat(system.get().mounts().size()).isLessThan(1000);
        assertThat(system.get().checks()).hasSize(13);
        assertThat(system.get().bpf().programs().size()).isLessThan(1000);
        for (CachedFile file : system.get().cachedFiles()) {
          assertThat(system.get().pages(file).size()).isLessThanOrEqualTo(1 << 20);
        }
        assertThat(system.get().virtualMachines().size()).isLessThan(100);
        assertThat(system.get().modules().size()).isLessThan(100);
        assertThat(system.get().log().size()).isLessThan(1_000_000);
        assertThat(system.get().warnings().size()).isLessThan(300);
      }
    }
  }
}
