package io.nestwalk.whole;

import static org.assertj.core.api.Assertions.assertThat;

import io.nestwalk.answer.CoverageAnswer;
import io.nestwalk.image.Cpu;
import io.nestwalk.image.MemoryImage;
import io.nestwalk.image.MemoryImages;
import io.nestwalk.image.MemoryRun;
import io.nestwalk.image.OpenOptions;
import io.nestwalk.image.Progress;
import io.nestwalk.image.RealImages;
import io.nestwalk.machine.Machine;
import io.nestwalk.machine.MachineState;
import io.nestwalk.machine.Machines;
import io.nestwalk.roots.Evidence.Source;
import io.nestwalk.roots.HostSave;
import io.nestwalk.roots.HostSaveDetector;
import io.nestwalk.search.MachineFinder;
import io.nestwalk.survey.Survey;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** A real host in whose free pages stands what another guest and its process left behind. */
class StaleMachinesTest {

  private static final int PAGE = Overlay.PAGE;
  private static final long ADDRESS = 0x000f_ffff_ffff_f000L;
  private static final long NESTED_CR3 = 0xb0;
  private static final long SAVED_CR3 = 0x550;
  private static final long RIGHTS = 0x67;

  /** Magic, version, flags and length of what a kernel's types begin with. */
  private static final long BTF_HEADER = 0x18_0001_eb9fL;

  private static MemoryImage image;
  private static Machines machines;

  private final Overlay memory = new Overlay(image.memory());
  private long next = 2 << 20;

  @BeforeAll
  static void open() throws Exception {
    image = MemoryImages.open(RealImages.get("kvm-npt.elf.zst"), OpenOptions.defaults());
    machines = MachineFinder.find(image, 2, Progress.NONE);
  }

  @AfterAll
  static void close() throws Exception {
    image.close();
  }

  /** The left-over guest has a control block and tables for two MiB, in pages of the host. */
  @Test
  void aGuestThatKvmDoesNotKnowHasEnded() {
    Machine guest = machines.named("vm1").orElseThrow();
    long root = leaveGuest(guest);
    Machines found = find(image.cpus());
    assertThat(found.all()).extracting(Machine::id).containsExactly("host", "vm1");
    assertThat(found.named("vm1").orElseThrow().secondLevel().root().orElseThrow().address())
        .isEqualTo(guest.secondLevel().root().orElseThrow().address());
    assertThat(found.named("vm1").orElseThrow().state().orElseThrow().kind())
        .isEqualTo(MachineState.Kind.RUNNING);
    assertThat(found.stale())
        .singleElement()
        .satisfies(
            vm -> {
              assertThat(vm.id()).isEqualTo("vm2");
              assertThat(vm.secondLevel().root().orElseThrow().address()).isEqualTo(root);
              assertThat(vm.state().orElseThrow().evidence().text()).contains("KVM");
            });
    assertThat(CoverageAnswer.of(image, Optional.of(found), List.of()).path("warnings").toString())
        .contains("1 machine is taken for ended")
        .contains("vm2: of the 1 machine that");
  }

  /** Without CPUs the area that a process that is gone left behind comes first in memory. */
  @Test
  void anAreaThatADeadProcessLeftDoesNotNameTheRoot() {
    long own = memory.getLong(hostSave() + SAVED_CR3, 0) & ADDRESS;
    long dead = leaveArea();
    Machine host = find(List.of()).host();
    assertThat(host.root().orElseThrow().address()).isEqualTo(own);
    assertThat(host.roots())
        .filteredOn(root -> root.address() == dead)
        .singleElement()
        .satisfies(root -> assertThat(root.isContradicted()).isTrue());
    assertThat(host.roots())
        .filteredOn(root -> root.address() == own)
        .singleElement()
        .matches(root -> !root.isContradicted());
  }

  /** Without types no list tells: it is shown, and called neither running nor ended. */
  @Test
  void withoutTypesNothingTellsWhetherAGuestHasEnded() {
    Machine guest = machines.named("vm1").orElseThrow();
    long own = guest.secondLevel().root().orElseThrow().address();
    long root = leaveGuest(guest);
    wipeTypes();
    Machines found = find(image.cpus());
    assertThat(found.stale()).isEmpty();
    assertThat(found.all().stream().skip(1))
        .allSatisfy(vm -> assertThat(vm.state()).isEmpty())
        .extracting(vm -> vm.secondLevel().root().orElseThrow().address())
        .containsExactlyInAnyOrder(own, root);
  }

  /** Roots of processes are deduced without types, too. */
  @Test
  void withoutTypesAnAreaThatADeadProcessLeftDoesNotNameTheRoot() {
    long own = memory.getLong(hostSave() + SAVED_CR3, 0) & ADDRESS;
    leaveArea();
    wipeTypes();
    assertThat(find(List.of()).host().root().orElseThrow().address()).isEqualTo(own);
  }

  /** Leaves a control block and tables for two MiB in free pages; the root of the tables. */
  private long leaveGuest(Machine guest) {
    long block = controlBlock(guest);
    long root = copyOf(guest.secondLevel().root().orElseThrow().address());
    long directories = zeroPage();
    long directory = zeroPage();
    long table = zeroPage();
    clear(root);
    memory.putLong(root, directories | RIGHTS);
    memory.putLong(directories, directory | RIGHTS);
    memory.putLong(directory, table | RIGHTS);
    for (int i = 0; i < 512; i++) {
      memory.putLong(table + 8L * i, zeroPage() | RIGHTS);
    }
    long stale = copyOf(block);
    memory.putLong(stale + NESTED_CR3, root);
    return root;
  }

  /** Leaves an area that names a root which no process has before the one that does. */
  private long leaveArea() {
    long area = hostSave();
    long dead = copyOf(memory.getLong(area + SAVED_CR3, 0) & ADDRESS);
    long stale = copyOf(area);
    assertThat(stale).isLessThan(area);
    memory.putLong(stale + SAVED_CR3, dead);
    return dead;
  }

  private void wipeTypes() {
    int wiped = 0;
    for (MemoryRun run : image.runs()) {
      for (long at = run.start(); at < run.end(); at += Long.BYTES) {
        if (image.memory().getLong(at, 0) == BTF_HEADER) {
          memory.putLong(at, 0);
          wiped++;
        }
      }
    }
    assertThat(wiped).isPositive();
  }

  private Machines find(List<Cpu> cpus) {
    return MachineFinder.find(
        MemoryImage.of(image.file(), image.format(), memory)
            .creator(image.creator())
            .architecture(image.architecture())
            .cpus(cpus)
            .vmcoreinfo(image.vmcoreinfo())
            .build(),
        2,
        Progress.NONE);
  }

  private static long controlBlock(Machine guest) {
    return guest.secondLevel().evidence().stream()
        .filter(evidence -> evidence.source() == Source.VMCB)
        .findFirst()
        .orElseThrow()
        .address();
  }

  private long hostSave() {
    HostSaveDetector detector = new HostSaveDetector();
    Survey survey = Survey.of(image.memory(), List.of(detector), 1, Progress.NONE);
    return survey.found(detector).stream().map(HostSave::address).findFirst().orElseThrow();
  }

  private long copyOf(long page) {
    long copy = zeroPage();
    MemorySegment.copy(memory.page(page), 0, memory.page(copy), 0, PAGE);
    return copy;
  }

  private void clear(long page) {
    memory.page(page).fill((byte) 0);
  }

  /** A page of the host that holds nothing, another one each time. */
  private long zeroPage() {
    byte[] zeros = new byte[PAGE];
    for (long page = next; memory.isPresent(page); page += PAGE) {
      if (Arrays.equals(memory.readBytes(page, PAGE), zeros)) {
        next = page + PAGE;
        return page;
      }
    }
    throw new AssertionError("no free page");
  }
}
