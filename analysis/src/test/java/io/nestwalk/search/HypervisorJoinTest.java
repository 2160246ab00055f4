package io.nestwalk.search;

import static org.assertj.core.api.Assertions.assertThat;

import io.nestwalk.image.MemoryImage;
import io.nestwalk.image.MemoryImages;
import io.nestwalk.image.OpenOptions;
import io.nestwalk.image.Progress;
import io.nestwalk.image.Registers;
import io.nestwalk.machine.CrossCheck;
import io.nestwalk.machine.Machine;
import io.nestwalk.machine.Machines;
import io.nestwalk.memory.Layer;
import io.nestwalk.memory.MemorySlot;
import io.nestwalk.memory.SlotMemory;
import io.nestwalk.memory.TranslatedMemory;
import io.nestwalk.paging.Walker;
import io.nestwalk.paging.X86Modes;
import io.nestwalk.survey.SurveyStore;
import io.nestwalk.synthetic.ControlPages;
import io.nestwalk.synthetic.Frames;
import io.nestwalk.synthetic.Lookup;
import io.nestwalk.synthetic.Rights;
import io.nestwalk.synthetic.SparseMemory;
import io.nestwalk.synthetic.SyntheticMachine;
import io.nestwalk.synthetic.SyntheticMachine.Guest;
import io.nestwalk.synthetic.TableBuilder;
import io.nestwalk.synthetic.X86Form;
import io.nestwalk.system.GuestSystem;
import io.nestwalk.system.GuestSystems;
import io.nestwalk.system.HypervisorCpu;
import io.nestwalk.system.HypervisorGuest;
import io.nestwalk.system.Site;
import io.nestwalk.system.SystemFacts;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A guest's memory is what its second-level tables map and what its hypervisor's process has. */
class HypervisorJoinTest {

  private static final int MIB = 1 << 20;
  private static final int HOST_SIZE = 64 * MIB;
  private static final int GUEST_SIZE = 6 * MIB;
  private static final long HOST_VIRTUAL = 0x7f00_0000_0000L;
  private static final long MARK = 0x1122_3344_5566_7788L;

  @TempDir private Path folder;
  private final SparseMemory memory = new SparseMemory();
  private final SyntheticMachine host = new SyntheticMachine(memory, HOST_SIZE, 4);
  private final Guest guest = host.addAmdGuest(GUEST_SIZE, 1);

  /** The process maps one page of the guest that the guest has not touched, and a few others. */
  private TableBuilder process(long untouched) {
    TableBuilder tables =
        new TableBuilder(X86Form.longMode(4, 48), memory, Frames.from(HOST_SIZE - MIB));
    for (long page = 0; page < 16 * SparseMemory.PAGE; page += SparseMemory.PAGE) {
      tables.map(HOST_VIRTUAL + page, guest.secondLevel().lookup(page).target(), 12, Rights.ALL);
    }
    tables.map(HOST_VIRTUAL + GUEST_SIZE, untouched, 12, Rights.ALL);
    return tables;
  }

  @Test
  void aPageThatOnlyTheProcessHasIsTheGuests() throws Exception {
    long untouched = host.take(1);
    memory.putLong(untouched, MARK);
    long inTables = guest.secondLevel().lookup(3 * MIB).target();
    memory.putLong(inTables, ~MARK);
    TableBuilder process = process(untouched);
    Path file = folder.resolve("host.raw");
    Files.write(file, memory.flat(HOST_SIZE));
    try (MemoryImage image = MemoryImages.open(file, OpenOptions.defaults())) {
      GuestSystems systems =
          GuestSystems.installed().with(site -> recognised(site, List.of(first(process))));
      Machines machines = MachineFinder.find(image, 2, Progress.NONE, systems, SurveyStore.NONE);
      assertThat(machines.all()).extracting(Machine::id).containsExactly("host", "vm1");
      Machine found = machines.named("vm1").orElseThrow();
      // What only the tables map, what only the process has, and what neither does.
      assertThat(found.physical().getLong(3 * MIB, 0)).isEqualTo(~MARK);
      assertThat(found.physical().getLong(GUEST_SIZE, 0)).isEqualTo(MARK);
      assertThat(found.physical().isPresent(GUEST_SIZE + SparseMemory.PAGE)).isFalse();
      CrossCheck check = found.secondLevel().crossCheck().orElseThrow();
      assertThat(check.onlySlots()).isEqualTo(1);
      assertThat(found.inHypervisor().map(HypervisorGuest::name)).contains("made up");
    }
  }

  /**
   * While writes are logged no guest may write, and tables of clones are as alike as an older copy
   * of one machine's: the hypervisor has a record of each.
   */
  @Test
  void twoRecordsAreTwoMachinesHoweverAlikeTheirTablesAre() throws Exception {
    Block second = copy();
    TableBuilder process = process(host.take(1));
    Path file = folder.resolve("host.raw");
    Files.write(file, memory.flat(HOST_SIZE));
    KnownGuest other = new KnownGuest(0x3000, process, List.of(second));
    for (List<KnownGuest> records :
        List.of(List.of(first(process), other), List.of(other, first(process)))) {
      try (MemoryImage image = MemoryImages.open(file, OpenOptions.defaults())) {
        Machines machines =
            MachineFinder.find(
                image,
                2,
                Progress.NONE,
                GuestSystems.installed().with(site -> recognised(site, records)),
                SurveyStore.NONE);
        assertThat(machines.all())
            .extracting(Machine::id)
            .containsExactlyInAnyOrder("host", "vm1", "vm2");
        assertThat(machines.all())
            .flatExtracting(machine -> machine.inHypervisor().stream().toList())
            .extracting(HypervisorGuest::object)
            .containsExactlyInAnyOrder(0x1000L, 0x3000L);
        for (Machine found : machines.all().subList(1, 3)) {
          assertThat(found.physical().isPresent(0)).isTrue();
          found
              .secondLevel()
              .root()
              .ifPresent(
                  root ->
                      assertThat(root.address() == second.root)
                          .isEqualTo(found.inHypervisor().orElseThrow().object() == 0x3000));
        }
      }
    }
  }

  /** Each CPU of one guest may have a root of its own, as with shadow tables. */
  @Test
  void oneRecordIsOneMachineHoweverManyRootsItHas() throws Exception {
    Block second = apart();
    TableBuilder process = process(host.take(1));
    Path file = folder.resolve("host.raw");
    Files.write(file, memory.flat(HOST_SIZE));
    for (List<Block> blocks : List.of(List.of(block(), second), List.of(second, block()))) {
      KnownGuest record = new KnownGuest(0x1000, process, blocks);
      try (MemoryImage image = MemoryImages.open(file, OpenOptions.defaults())) {
        Machines machines =
            MachineFinder.find(
                image,
                2,
                Progress.NONE,
                GuestSystems.installed().with(site -> recognised(site, List.of(record))),
                SurveyStore.NONE);
        assertThat(machines.all()).extracting(Machine::id).containsExactly("host", "vm1");
        assertThat(machines.stale()).isEmpty();
        assertThat(machines.named("vm1").orElseThrow().inHypervisor()).isPresent();
      }
    }
  }

  /** A second guest on the pages of the first, neither of which may write to them. */
  private Block copy() {
    TableBuilder second =
        new TableBuilder(X86Form.nestedLong(4, 48), memory, Frames.from(HOST_SIZE - 2L * MIB));
    for (long page = 0; page < GUEST_SIZE; ) {
      Lookup found = guest.secondLevel().lookup(page);
      Lookup.Entry leaf = found.entries().getLast();
      memory.putLong(leaf.address(), leaf.value() & ~2L);
      second.map(page, found.target(), found.pageShift(), Rights.ALL & ~Rights.WRITE);
      page += 1L << found.pageShift();
    }
    Block block = new Block(second.root(), host.take(1));
    ControlPages.vmcb(memory, block.address, block.root, 99, guest.machine().cpu(0), host.take(5));
    return block;
  }

  /** A second guest with the same in pages of its own. */
  private Block apart() {
    TableBuilder second =
        new TableBuilder(X86Form.nestedLong(4, 48), memory, Frames.from(HOST_SIZE - 2L * MIB));
    for (long page = 0; page < GUEST_SIZE; page += SparseMemory.PAGE) {
      long from = guest.secondLevel().lookup(page).target();
      long to = host.take(1);
      memory.touch(from, SparseMemory.PAGE);
      for (long word = 0; word < SparseMemory.PAGE; word += Long.BYTES) {
        memory.putLong(to + word, memory.getLong(from + word));
      }
      second.map(page, to, 12, Rights.ALL);
    }
    Block block = new Block(second.root(), host.take(1));
    ControlPages.vmcb(memory, block.address, block.root, 99, guest.machine().cpu(0), host.take(5));
    return block;
  }

  /** The control block of a CPU, and the root that it names. */
  private record Block(long root, long address) {}

  /** What a hypervisor's own structure tells of a guest, a block for each CPU. */
  private record KnownGuest(long object, TableBuilder process, List<Block> blocks) {}

  private Block block() {
    return new Block(guest.secondLevel().root(), guest.controls().getFirst());
  }

  private KnownGuest first(TableBuilder process) {
    return new KnownGuest(0x1000, process, List.of(block()));
  }

  private Optional<GuestSystem> recognised(Site site, List<KnownGuest> records) {
    long own = host.kernel().root();
    return site.roots().stream().anyMatch(root -> root.address() == own)
        ? Optional.of(system(records.stream().map(record -> view(site, record)).toList()))
        : Optional.empty();
  }

  private static HypervisorGuest view(Site site, KnownGuest record) {
    Layer virtual =
        TranslatedMemory.of(
            site.physical(),
            new Walker(X86Modes.fourLevel(48), record.process.root(), site.physical()));
    List<MemorySlot> slots = List.of(new MemorySlot(0, GUEST_SIZE + 2 * MIB, HOST_VIRTUAL));
    return new HypervisorGuest(
        "KVM",
        "made up",
        OptionalInt.of(42),
        record.object,
        slots,
        Optional.of(SlotMemory.of(virtual, slots)),
        record.blocks.stream().map(HypervisorJoinTest::cpu).toList(),
        OptionalLong.empty(),
        OptionalLong.empty(),
        Set.of("made up"));
  }

  private static HypervisorCpu cpu(Block block) {
    return new HypervisorCpu(
        0,
        0x2000,
        Registers.NONE,
        OptionalLong.of(block.root),
        true,
        OptionalLong.of(block.address));
  }

  /** A system that knows its guests, and nothing else. */
  private static GuestSystem system(List<HypervisorGuest> guests) {
    SystemFacts facts = SystemFacts.builder("Linux", "6.1", 0xffff_ffff_8100_0000L).build();
    return (GuestSystem)
        Proxy.newProxyInstance(
            HypervisorJoinTest.class.getClassLoader(),
            new Class<?>[] {GuestSystem.class},
            (proxy, method, arguments) ->
                switch (method.getName()) {
                  case "facts" -> facts;
                  case "virtualMachines" -> guests;
                  case "unknown" -> Set.of();
                  default -> method.getReturnType() == List.class ? List.of() : null;
                });
  }
}
