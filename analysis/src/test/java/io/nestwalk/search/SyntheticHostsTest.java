package io.nestwalk.search;

import static org.assertj.core.api.Assertions.assertThat;

import io.nestwalk.finding.Finding;
import io.nestwalk.finding.FindingSearch;
import io.nestwalk.finding.Rule;
import io.nestwalk.image.MemoryImage;
import io.nestwalk.image.MemoryImages;
import io.nestwalk.image.OpenOptions;
import io.nestwalk.image.Progress;
import io.nestwalk.machine.Machine;
import io.nestwalk.machine.Machines;
import io.nestwalk.machine.NamedHypervisor;
import io.nestwalk.machine.SecondLevel;
import io.nestwalk.memory.Layer;
import io.nestwalk.paging.Translation;
import io.nestwalk.roots.Root;
import io.nestwalk.synthetic.ControlPages;
import io.nestwalk.synthetic.EptForm;
import io.nestwalk.synthetic.Frames;
import io.nestwalk.synthetic.Lookup;
import io.nestwalk.synthetic.Rights;
import io.nestwalk.synthetic.SparseMemory;
import io.nestwalk.synthetic.SyntheticMachine;
import io.nestwalk.synthetic.SyntheticMachine.Guest;
import io.nestwalk.synthetic.TableBuilder;
import io.nestwalk.synthetic.TableForm;
import io.nestwalk.synthetic.VmcsFields;
import io.nestwalk.synthetic.X86Form;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Hosts that were made up: the right machines are found, and no others. */
class SyntheticHostsTest {

  private static final int MIB = 1 << 20;
  private static final int HOST_SIZE = 64 * MIB;

  @TempDir private Path folder;
  private final SparseMemory memory = new SparseMemory();
  private final SyntheticMachine host = new SyntheticMachine(memory, HOST_SIZE, 4);

  @Test
  void aMachineWithoutGuestsIsAlone() throws Exception {
    Machines machines = find();
    assertThat(machines.all()).extracting(Machine::id).containsExactly("host");
    assertThat(machines.host().root().map(Root::address)).contains(host.kernel().root());
    assertThat(machines.host().roots())
        .extracting(Root::address)
        .containsAll(host.processes().stream().map(TableBuilder::root).toList());
  }

  @Test
  void anAmdHostWithThreeGuestsAndOneInside() throws Exception {
    host.addHostSave(0);
    host.addHostSave(1);
    host.addAmdGuest(6 * MIB, 4);
    Guest outer = host.addAmdGuest(16 * MIB, 1);
    outer.machine().addHostSave(0);
    outer.machine().addAmdGuest(4 * MIB, 2);
    host.addAmdGuest(8 * MIB, 2);
    check(SecondLevel.Kind.NPT);
  }

  @Test
  void anIntelHostWithThreeGuestsAndOneInside() throws Exception {
    VmcsFields fields = VmcsFields.unknown(new Random(3));
    host.addIntelGuest(6 * MIB, 4, fields);
    Guest outer = host.addIntelGuest(16 * MIB, 1, fields);
    outer.machine().addIntelGuest(4 * MIB, 2, VmcsFields.KVM);
    host.addIntelGuest(8 * MIB, 2, fields);
    check(SecondLevel.Kind.EPT);
  }

  /** KVM runs a guest's guest on tables of its own that it merged from both second levels. */
  @Test
  void mergedTablesOfARunningInnerGuestAreNoMachine() throws Exception {
    Guest outer = host.addAmdGuest(16 * MIB, 1);
    outer.machine().addHostSave(0);
    Guest inner = outer.machine().addAmdGuest(4 * MIB, 1);
    long root = host.take(1);
    long pdpt = host.take(1);
    long directory = host.take(1);
    memory.putLong(root, pdpt | 7);
    memory.putLong(pdpt, directory | 7);
    for (int i = 0; i < 2; i++) {
      long table = host.take(1);
      memory.putLong(directory + 8L * i, table | 7);
      for (int j = 0; j < 512; j++) {
        long page = (i * 512L + j) * SparseMemory.PAGE;
        long inOuter = inner.secondLevel().lookup(page).target();
        memory.putLong(table + 8L * j, outer.secondLevel().lookup(inOuter).target() | 7);
      }
    }
    ControlPages.vmcb(memory, host.take(1), root, 99, inner.machine().cpu(0), host.take(5));
    check(SecondLevel.Kind.NPT);
  }

  /**
   * Restored from one file, guests have its pages at the same addresses until they write: most are
   * in both, read-only, and all of the smaller one's may be nearly inside the other's.
   */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void guestsThatWereRestoredFromOneFileAreTwo(boolean fewer) throws Exception {
    Guest first = host.addAmdGuest(8 * MIB, 1);
    TableBuilder second =
        new TableBuilder(X86Form.nestedLong(4, 48), memory, Frames.from(HOST_SIZE - 2L * MIB));
    for (long page = 0; page < 8 * MIB; ) {
      Lookup found = first.secondLevel().lookup(page);
      long size = 1L << found.pageShift();
      if (size == SparseMemory.PAGE && page / size % 8 == 1) {
        second.map(page, copyOf(found.target()), found.pageShift(), Rights.ALL);
      } else if (!fewer || page != 2 * MIB - size) {
        Lookup.Entry leaf = found.entries().getLast();
        memory.putLong(leaf.address(), leaf.value() & ~2L);
        second.map(page, found.target(), found.pageShift(), Rights.ALL & ~Rights.WRITE);
      }
      page += size;
    }
    ControlPages.vmcb(
        memory, host.take(1), second.root(), 99, first.machine().cpu(0), host.take(5));
    Machines machines = find();
    assertThat(machines.all())
        .as("%s", machines.attempts())
        .filteredOn(machine -> machine.parent().isPresent())
        .extracting(SyntheticHostsTest::root)
        .containsExactlyInAnyOrder(first.secondLevel().root(), second.root());
    assertThat(machines.all())
        .filteredOn(machine -> machine.parent().isPresent())
        .allMatch(machine -> machine.secondLevel().alternates().isEmpty());
  }

  private long copyOf(long page) {
    long copy = host.take(1);
    for (int i = 0; i < SparseMemory.PAGE; i += Long.BYTES) {
      memory.putLong(copy + i, memory.memory().getLong(page + i, 0));
    }
    return copy;
  }

  @Test
  void layoutsAreInferredWhateverTheyAre() throws Exception {
    for (int seed = 0; seed < 12; seed++) {
      SparseMemory bytes = new SparseMemory();
      SyntheticMachine machine = new SyntheticMachine(bytes, 32 * MIB, 3);
      VmcsFields fields = VmcsFields.unknown(new Random(seed));
      machine.addIntelGuest(4 * MIB, 1, fields);
      machine.addIntelGuest(4 * MIB, 2, fields);
      check(find(bytes.flat(32 * MIB)), machine, SecondLevel.Kind.EPT);
    }
  }

  @Test
  void bothLayoutsOfKvmAreKnown() throws Exception {
    for (VmcsFields fields : List.of(VmcsFields.KVM, VmcsFields.KVM_OF_2014, VmcsFields.HASWELL)) {
      SparseMemory bytes = new SparseMemory();
      SyntheticMachine machine = new SyntheticMachine(bytes, 32 * MIB, 3);
      machine.addIntelGuest(4 * MIB, 2, fields);
      check(find(bytes.flat(32 * MIB)), machine, SecondLevel.Kind.EPT);
    }
  }

  /** What a hypervisor gives a machine for guests of its own tells which one is below. */
  @Test
  void theVmcsOfAGuestsGuestIsReadInTheFormThatItsHypervisorGaveIt() throws Exception {
    for (VmcsFields fields :
        List.of(
            VmcsFields.KVM,
            VmcsFields.KVM_OF_2014,
            VmcsFields.ENLIGHTENED,
            VmcsFields.ENLIGHTENED_ON_KVM)) {
      SparseMemory bytes = new SparseMemory();
      SyntheticMachine machine = new SyntheticMachine(bytes, 32 * MIB, 3);
      Guest outer = machine.addIntelGuest(16 * MIB, 1, VmcsFields.HASWELL);
      Guest inner = outer.machine().addIntelGuest(4 * MIB, 2, fields);
      Machines machines = find(bytes.flat(32 * MIB));
      check(machines, machine, SecondLevel.Kind.EPT);
      Machine found = machines.named("vm1.vm1").orElseThrow();
      Root root = found.root().orElseThrow();
      assertThat(root.address()).isEqualTo(inner.machine().cpu(0).cr3());
      assertThat(root.isConfirmed()).isTrue();
      boolean enlightened = fields.eptp() == VmcsFields.ENLIGHTENED.eptp();
      assertThat(found.secondLevel().evidence())
          .anyMatch(
              evidence ->
                  evidence
                      .text()
                      .contains(enlightened ? "Hyper-V's enlightened VMCS" : "KVM vmcs12"));
      assertThat(machines.named("vm1").orElseThrow().hypervisor().map(NamedHypervisor::name))
          .isEqualTo(enlightened ? Optional.empty() : Optional.of("KVM"));
    }
  }

  @Test
  void aShadowVmcsIsNoGuest() throws Exception {
    VmcsFields fields = VmcsFields.unknown(new Random(5));
    Guest guest = host.addIntelGuest(4 * MIB, 2, fields);
    long shadow = guest.controls().removeLast();
    ControlPages.markShadow(memory, shadow, fields);
    Machines machines = check(SecondLevel.Kind.EPT);
    assertThat(machines.attempts()).anyMatch(line -> line.contains("shadow VMCS"));
  }

  @Test
  void guestsAreFoundByTheFormOfTheirTablesAlone() throws Exception {
    host.addAmdGuest(6 * MIB, 0);
    host.addAmdGuest(4 * MIB, 0);
    check(SecondLevel.Kind.NPT);
  }

  @Test
  void eptIsFoundByTheFormOfTheTablesAlone() throws Exception {
    host.addIntelGuest(6 * MIB, 0, VmcsFields.KVM);
    host.addIntelGuest(4 * MIB, 0, VmcsFields.KVM);
    check(SecondLevel.Kind.EPT);
  }

  /** KVM since Linux 6.9. */
  @ParameterizedTest
  @ValueSource(ints = {0, 2})
  void emptyEntriesThatHoldTheSuppressBitAreEmpty(int cpus) throws Exception {
    fillEmptyEntries(host.addAmdGuest(6 * MIB, cpus));
    fillEmptyEntries(host.addAmdGuest(4 * MIB, cpus));
    Machines machines = check(SecondLevel.Kind.NPT);
    for (Machine guest : machines.all().subList(1, 3)) {
      assertThat(guest.hypervisor().map(NamedHypervisor::name)).contains("KVM");
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 2})
  void emptyEntriesOfEptAsWell(int cpus) throws Exception {
    fillEmptyEntries(host.addIntelGuest(6 * MIB, cpus, VmcsFields.HASWELL));
    fillEmptyEntries(host.addIntelGuest(4 * MIB, cpus, VmcsFields.HASWELL));
    check(SecondLevel.Kind.EPT);
  }

  /** A direct map in the form of second-level tables shows the host's kernel, and is no guest. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void tablesThatMapAddressesToThemselvesAreNoGuest(boolean nested) throws Exception {
    TableForm form = nested ? X86Form.nestedLong(4, 48) : new EptForm(4, 48);
    TableBuilder same = new TableBuilder(form, memory, Frames.from(HOST_SIZE - 2 * MIB));
    for (long page = 0; page < 2 * MIB; page += SparseMemory.PAGE) {
      same.map(page, page, 12, Rights.ALL);
    }
    for (long page = 2 * MIB; page < HOST_SIZE; page += 2 * MIB) {
      same.map(page, page, 21, Rights.ALL);
    }
    Machines machines = find();
    assertThat(machines.all()).extracting(Machine::id).containsExactly("host");
    assertThat(machines.attempts())
        .anyMatch(
            line ->
                line.contains("0x%x".formatted(same.root()))
                    && line.contains("map addresses to themselves: no guest"));
  }

  /**
   * A driver slips a hypervisor under its own system: that is one machine, seen twice, whether all
   * CPUs have one second level or each its own.
   */
  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void aSystemBehindItsOwnThinHypervisorIsNotNestedFurther(int secondLevels) throws Exception {
    long hooked = host.take(1);
    long other = host.take(1);
    List<TableBuilder> tables = new ArrayList<>();
    for (int i = 0; i < secondLevels; i++) {
      long start = HOST_SIZE - 2 * MIB + (long) i * MIB;
      TableBuilder ept = new TableBuilder(new EptForm(4, 48), memory, Frames.from(start));
      for (long page = 0; page < 2 * MIB; page += SparseMemory.PAGE) {
        ept.map(
            page, page == hooked ? other : page, 12, page == hooked ? Rights.EXECUTE : Rights.ALL);
      }
      for (long page = 2 * MIB; page < HOST_SIZE; page += 2 * MIB) {
        ept.map(page, page, 21, Rights.ALL);
      }
      tables.add(ept);
    }
    VmcsFields fields = VmcsFields.unknown(new Random(8));
    ControlPages.CpuState own = new ControlPages.CpuState(host.kernel().root(), host.cpu(0).rip());
    for (int cpu = 0; cpu < 2; cpu++) {
      long root = tables.get(cpu % secondLevels).root();
      ControlPages.vmcs(memory, host.take(1), fields, root | 0x5e, host.cpu(cpu), own);
    }
    Path file = folder.resolve("thin.raw");
    Files.write(file, memory.flat(HOST_SIZE));
    try (MemoryImage image = MemoryImages.open(file, OpenOptions.defaults())) {
      Machines machines = MachineFinder.find(image, 2, Progress.NONE);
      assertThat(machines.all()).extracting(Machine::id).containsExactly("host", "vm1");
      Machine guest = machines.named("vm1").orElseThrow();
      assertThat(guest.sameSystemAs()).contains(Machine.HOST);
      assertThat(machines.host().sameSystemAs()).isEmpty();
      assertThat(guest.hypervisor().map(NamedHypervisor::name)).contains("thin");
      assertThat(guest.root().orElseThrow().address()).isEqualTo(host.cpu(0).cr3());
      assertThat(machines.host().root().orElseThrow().address()).isEqualTo(own.cr3());
      assertThat(machines.host().roots())
          .extracting(Root::address)
          .containsAll(host.processes().stream().map(TableBuilder::root).toList());
      assertThat(FindingSearch.in(machines))
          .extracting(Finding::rule)
          .containsExactly(Rule.REMAPPED_PAGES, Rule.RESTRICTED_PAGES);
      assertThat(FindingSearch.in(machines).getFirst().pages())
          .singleElement()
          .satisfies(
              run -> {
                assertThat(run.guest()).isEqualTo(hooked);
                assertThat(run.host()).isEqualTo(other);
              });
    }
  }

  private void fillEmptyEntries(Guest guest) {
    for (long table : guest.secondLevel().tables().keySet()) {
      for (long entry = table; entry < table + SparseMemory.PAGE; entry += Long.BYTES) {
        if (memory.getLong(entry) == 0) {
          memory.putLong(entry, 1L << 63);
        }
      }
    }
  }

  @Test
  void junkControlStructuresMakeNoMachines() throws Exception {
    Random random = new Random(11);
    for (int i = 0; i < 20; i++) {
      long nowhere = random.nextLong() & 0x3f_f000L;
      ControlPages.CpuState cpu = new ControlPages.CpuState(nowhere, random.nextLong());
      ControlPages.vmcb(memory, host.take(1), nowhere, i + 1, cpu, host.take(5));
      ControlPages.vmcs(memory, host.take(1), VmcsFields.unknown(random), nowhere | 0x5e, cpu, cpu);
    }
    assertThat(find().all()).extracting(Machine::id).containsExactly("host");
  }

  private Machines check(SecondLevel.Kind kind) throws Exception {
    Machines machines = find();
    check(machines, host, kind);
    return machines;
  }

  private Machines find() throws Exception {
    return find(memory.flat(HOST_SIZE));
  }

  private Machines find(byte[] raw) throws Exception {
    Path file = folder.resolve("host.raw");
    Files.write(file, raw);
    try (MemoryImage image = MemoryImages.open(file, OpenOptions.defaults())) {
      return checked(MachineFinder.find(image, 2, Progress.NONE));
    }
  }

  /** Reads what the image backs while it is open: machines are no use without it. */
  private static Machines checked(Machines machines) {
    for (Machine machine : machines.all()) {
      if (!machine.id().equals(Machine.HOST)) {
        long lowest = Layer.toLowest(machine.physical(), 0);
        assertThat(Translation.isFault(lowest))
            .as("%s: %s %s", machine.id(), machine.secondLevel(), machines.attempts())
            .isFalse();
      }
    }
    return machines;
  }

  /** Both trees as text, a line for each machine, so that a difference can be read. */
  private static void check(Machines machines, SyntheticMachine host, SecondLevel.Kind kind) {
    List<String> expected = new ArrayList<>();
    describe(host, "", kind, expected);
    List<String> found = new ArrayList<>();
    describe(machines, Machine.HOST, "", found);
    assertThat(found).as("%s", machines.attempts()).isEqualTo(expected);
    assertThat(machines.named("vm1")).isPresent();
    assertThat(machines.named("vm1").get().parent()).contains(Machine.HOST);
  }

  private static void describe(
      SyntheticMachine machine, String indent, SecondLevel.Kind kind, List<String> lines) {
    machine.guests().stream()
        .sorted((a, b) -> Long.compare(a.secondLevel().root(), b.secondLevel().root()))
        .forEach(
            guest -> {
              lines.add(line(indent, kind, guest.secondLevel().root(), guest.controls().size()));
              describe(guest.machine(), indent + "  ", kind, lines);
            });
  }

  private static void describe(
      Machines machines, String parent, String indent, List<String> lines) {
    machines.all().stream()
        .filter(machine -> machine.parent().filter(parent::equals).isPresent())
        .sorted((a, b) -> Long.compare(root(a), root(b)))
        .forEach(
            machine -> {
              lines.add(
                  line(indent, machine.secondLevel().kind(), root(machine), machine.cpus().size()));
              describe(machines, machine.id(), indent + "  ", lines);
            });
  }

  private static long root(Machine machine) {
    return machine.secondLevel().root().orElseThrow().address();
  }

  private static String line(String indent, SecondLevel.Kind kind, long root, int cpus) {
    return "%s%s root 0x%x, %d CPUs".formatted(indent, kind, root, cpus);
  }
}
