package io.nestwalk.search;

import static org.assertj.core.api.Assertions.assertThat;

import io.nestwalk.image.AddressRange;
import io.nestwalk.image.Architecture;
import io.nestwalk.image.Cpu;
import io.nestwalk.image.MappedMemory;
import io.nestwalk.image.Memory;
import io.nestwalk.image.MemoryImage;
import io.nestwalk.image.MemoryImages;
import io.nestwalk.image.MemoryRun;
import io.nestwalk.image.OpenOptions;
import io.nestwalk.image.PhysicalMemory;
import io.nestwalk.image.Progress;
import io.nestwalk.image.RealImages;
import io.nestwalk.image.Registers;
import io.nestwalk.machine.Machine;
import io.nestwalk.machine.Machines;
import io.nestwalk.machine.SecondLevel;
import io.nestwalk.memory.Layer;
import io.nestwalk.paging.InputRule;
import io.nestwalk.paging.PagingMode;
import io.nestwalk.paging.Translation;
import io.nestwalk.roots.Evidence;
import io.nestwalk.roots.Evidence.Source;
import io.nestwalk.roots.HostSave;
import io.nestwalk.roots.HostSaveDetector;
import io.nestwalk.roots.Root;
import io.nestwalk.roots.Vmcb;
import io.nestwalk.roots.VmcbDetector;
import io.nestwalk.survey.Survey;
import io.nestwalk.system.HypervisorGuest;
import io.nestwalk.truth.Truth;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Machines in real dumps, held against what was read inside them; with hints and without. */
class RealMachinesTest {

  private static final long PAGE = 4096;
  private static final int THREADS = 2;

  private static final ValueLayout.OfLong UNALIGNED = Memory.LONG.withByteAlignment(1);

  /** Magic, version, flags and length of what a kernel's types begin with. */
  private static final long BTF_HEADER = 0x18_0001_eb9fL;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "kvm-npt",
        "kvm-npt-612",
        "kvm-ept",
        "linux-la57",
        "arm64-16k-4k",
        "arm64-612-lpa2",
        "riscv-kvm",
        "xen-arm64-420"
      })
  void allPagesAgree(String name) throws Exception {
    Truth truth = truth(name);
    try (MemoryImage image = open(truth)) {
      checkAll(MachineFinder.find(image, THREADS, Progress.NONE), truth);
    }
  }

  /** Without types neither memory slots nor KVM's records of roots are known. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "kvm-npt",
        "kvm-npt-612",
        "kvm-ept",
        "kvm-arm64",
        "arm64-16k-4k",
        "arm64-612-lpa2",
        "riscv-kvm",
        "xen-arm64-420"
      })
  void withoutTypesGuestsAreFoundByTheFormOfTheirTables(String name) throws Exception {
    Truth truth = truth(name);
    try (Arena arena = Arena.ofShared();
        MemoryImage image = open(truth)) {
      AddressRange range = ram(image);
      MemorySegment copy = arena.allocate(range.length(), PAGE);
      assertThat(image.memory().read(range.start(), copy)).isEqualTo(range.length());
      assertThat(wiped(copy, BTF_HEADER)).isPositive();
      Machines machines =
          MachineFinder.find(raw(image, copy, image.cpus()), THREADS, Progress.NONE);
      checkAll(machines, truth);
      assertThat(machines.named("vm1").orElseThrow().inHypervisor()).isEmpty();
    }
  }

  /** Its memory slots are not known then, but the tables that its control block names are. */
  @Test
  void withoutTypesAShadowedGuestHasTheTablesOfItsControlBlock() throws Exception {
    Truth truth = truth("kvm-shadow");
    try (Arena arena = Arena.ofShared();
        MemoryImage image = open(truth)) {
      AddressRange range = ram(image);
      MemorySegment copy = arena.allocate(range.length(), PAGE);
      assertThat(image.memory().read(range.start(), copy)).isEqualTo(range.length());
      assertThat(wiped(copy, BTF_HEADER)).isPositive();
      Machines machines =
          MachineFinder.find(raw(image, copy, image.cpus()), THREADS, Progress.NONE);
      assertThat(machines.all()).extracting(Machine::id).containsExactly("host", "vm1");
      assertThat(machines.stale()).isEmpty();
      Machine vm = machines.named("vm1").orElseThrow();
      assertThat(vm.inHypervisor()).isEmpty();
      assertThat(vm.secondLevel().kind()).isEqualTo(SecondLevel.Kind.SHADOW);
      assertThat(vm.secondLevel().root().orElseThrow().address())
          .isEqualTo(truth.child("machines").child("vm1").child("secondLevel").number("root"));
    }
  }

  @Test
  void shadowTablesLeadFromTheGuestStraightToTheHost() throws Exception {
    Truth truth = truth("kvm-shadow");
    try (MemoryImage image = open(truth)) {
      Machines machines = MachineFinder.find(image, THREADS, Progress.NONE);
      assertThat(machines.all()).extracting(Machine::id).containsExactly("host", "vm1");
      checkOwnPages(machines.host(), truth.child("machines").child("host"));
      // The guest's kernel in its shadow tables is no second kernel of the host.
      assertThat(machines.warnings()).isEmpty();
      Truth guest = truth.child("machines").child("vm1");
      Machine vm = machines.named("vm1").orElseThrow();
      assertThat(vm.secondLevel().kind()).isEqualTo(SecondLevel.Kind.SHADOW);
      assertThat(vm.secondLevel().root().orElseThrow().address())
          .isEqualTo(guest.child("secondLevel").number("root"));
      Layer space = vm.currentSpace().orElseThrow();
      long running =
          truth.child("machines").child("vm1").children("pages").getFirst().number("pid");
      for (Truth page : guest.children("pages")) {
        if (page.number("pid") == running) {
          checkMarker(space, page);
          assertThat(Layer.toLowest(space, page.number("va")))
              .satisfies(
                  translation ->
                      assertThat(Translation.address(translation))
                          .isEqualTo(hostAddress(guest, page.number("pa"))));
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"kvm-npt", "kvm-npt-612", "kvm-ept", "kvm-arm64"})
  void withoutNotesAndControlStructuresTheSecondLevelIsFoundByItsForm(String name)
      throws Exception {
    Truth truth = truth(name);
    try (Arena arena = Arena.ofShared();
        MemoryImage image = open(truth)) {
      MemoryImage stripped = stripped(image, arena, List.of());
      Machines machines = MachineFinder.find(stripped, THREADS, Progress.NONE);
      checkAll(machines, truth);
      Machine vm = machines.named("vm1").orElseThrow();
      Set<Source> sources =
          vm.secondLevel().evidence().stream()
              .filter(Evidence::confirms)
              .map(Evidence::source)
              .collect(Collectors.toSet());
      assertThat(sources)
          .contains(Source.STRUCTURE, Source.CONTENT)
          .doesNotContain(Source.VMCB, Source.VMCS, Source.HOST_SAVE, Source.CPU_REGISTER);
    }
  }

  /** As QEMU's streams have them; the values are the truth's, since no such stream is shipped. */
  @ParameterizedTest
  @ValueSource(strings = {"kvm-npt", "kvm-ept", "kvm-arm64"})
  void withoutControlStructuresARegisterNamesTheSecondLevel(String name) throws Exception {
    Truth truth = truth(name);
    long root = truth.child("machines").child("vm1").child("secondLevel").number("root");
    try (Arena arena = Arena.ofShared();
        MemoryImage image = open(truth)) {
      Map<String, Long> values = new LinkedHashMap<>();
      image.cpus().forEach(cpu -> values.putAll(cpu.registers().values()));
      long pointer =
          switch (name) {
            case "kvm-npt" -> put(values, "nested_cr3", root, "nested_pg_mode", 0xfL);
            case "kvm-ept" -> put(values, "nested_eptp", root | 0x5e);
            default -> put(values, "vttbr_el2", root | 1L << 48, "vtcr_el2", 0x8024_3558L);
          };
      Architecture architecture = image.architecture().orElse(Architecture.X86_64);
      Cpu cpu = new Cpu(0, architecture, new Registers(values));
      Machines machines =
          MachineFinder.find(stripped(image, arena, List.of(cpu)), THREADS, Progress.NONE);
      checkAll(machines, truth);
      SecondLevel level = machines.named("vm1").orElseThrow().secondLevel();
      assertThat(level.pointer()).contains(pointer);
      assertThat(level.evidence())
          .anyMatch(
              evidence ->
                  evidence.source() == Source.CPU_REGISTER
                      && evidence.text().contains("0x%x".formatted(pointer)));
    }
  }

  @Test
  void registersOfAnArmGuestNameItsFirstStage() throws Exception {
    Truth truth = truth("kvm-arm64");
    Truth guest = truth.child("machines").child("vm1");
    try (MemoryImage image = open(truth)) {
      Machine known = MachineFinder.find(image, THREADS, Progress.NONE).named("vm1").orElseThrow();
      long process = known.root().orElseThrow().address();
      assertThat(guest.child("rootOfPid").values().values().stream().map(Truth::number))
          .contains(process);
      long kernel =
          known.roots().stream()
              .filter(root -> root.mode().input() == InputRule.ONES_EXTENDED)
              .findFirst()
              .orElseThrow()
              .address();
      Map<String, Long> values = new LinkedHashMap<>(image.cpus().getFirst().registers().values());
      put(values, "ttbr0_el1", process | 1, "ttbr1_el1", kernel | 0x41L << 48);
      // A stack that nothing maps: only the registers lead to the root.
      put(values, "tcr_el1", 0x0050_0074_b550_3510L, "sp", 0x1000L);
      Cpu cpu = new Cpu(0, Architecture.AARCH64, new Registers(values));
      Machine vm =
          MachineFinder.find(withCpus(image, List.of(cpu)), THREADS, Progress.NONE)
              .named("vm1")
              .orElseThrow();
      assertThat(vm.root().orElseThrow().address()).isEqualTo(process);
      assertThat(vm.root().orElseThrow().evidence())
          .anyMatch(evidence -> evidence.text().startsWith("ttbr0_el1 of CPU 0 is"));
      assertThat(vm.roots())
          .filteredOn(root -> root.address() == kernel)
          .singleElement()
          .satisfies(
              root ->
                  assertThat(root.evidence())
                      .anyMatch(e -> e.text().startsWith("ttbr1_el1 of CPU 0 is")));
      assertThat(vm.cpus()).hasSize(1);
    }
  }

  /** Registers that name a page of another kind, no page at all, the host's own tables. */
  @ParameterizedTest
  @ValueSource(strings = {"kvm-npt", "kvm-arm64"})
  void registersThatLieCostNothingButANote(String name) throws Exception {
    Truth truth = truth(name);
    try (MemoryImage image = open(truth)) {
      Machines plain = MachineFinder.find(image, THREADS, Progress.NONE);
      long own = plain.host().root().orElseThrow().address();
      long some = image.memory().ranges().getFirst().start() + 0x30_0000;
      for (long lie : new long[] {own, some, 0xfff_ffff_f000L, 0x123L, Long.MIN_VALUE + 1}) {
        Map<String, Long> values = new LinkedHashMap<>();
        image.cpus().forEach(cpu -> values.putAll(cpu.registers().values()));
        if (name.equals("kvm-npt")) {
          put(values, "vm_vmcb", lie, "vm_hsave", lie, "vmcs12", lie, "hflags", 1L << 21);
          put(values, "nested_cr3", lie, "nested_eptp", lie | 0x1e);
        } else {
          put(values, "vttbr_el2", lie, "vtcr_el2", 0x8024_3558L, "hcr_el2", 1L);
          put(values, "ttbr0_el1", lie, "ttbr1_el1", lie, "tcr_el1", 0x0050_0074_b550_3510L);
        }
        Cpu cpu = new Cpu(0, image.architecture().orElseThrow(), new Registers(values));
        Machines machines =
            MachineFinder.find(withCpus(image, List.of(cpu)), THREADS, Progress.NONE);
        checkAll(machines, truth);
        assertThat(machines.all().stream().map(m -> m.root().map(Root::address)))
            .as("0x%x", lie)
            .isEqualTo(plain.all().stream().map(m -> m.root().map(Root::address)).toList());
        assertThat(machines.attempts()).anyMatch(line -> line.contains("0x%x".formatted(lie)));
      }
    }
  }

  private static long put(Map<String, Long> values, Object... namesAndValues) {
    for (int i = 0; i < namesAndValues.length; i += 2) {
      values.put((String) namesAndValues[i], (Long) namesAndValues[i + 1]);
    }
    return (Long) namesAndValues[1];
  }

  private static MemoryImage withCpus(MemoryImage image, List<Cpu> cpus) {
    return MemoryImage.of(image.file(), image.format(), image.memory())
        .creator(image.creator())
        .architecture(image.architecture())
        .runs(image.runs())
        .cpus(cpus)
        .build();
  }

  @Test
  void withoutItsVmcbAShadowedGuestIsNoWrongMachine() throws Exception {
    Truth truth = truth("kvm-shadow");
    try (Arena arena = Arena.ofShared();
        MemoryImage image = open(truth)) {
      Machines machines =
          MachineFinder.find(stripped(image, arena, List.of()), THREADS, Progress.NONE);
      checkOwnPages(machines.host(), truth.child("machines").child("host"));
      Truth guest = truth.child("machines").child("vm1");
      for (Machine machine : machines.all()) {
        if (machine.id().equals(Machine.HOST)) {
          continue;
        }
        assertThat(machine.secondLevel().kind())
            .isIn(SecondLevel.Kind.SLOTS, SecondLevel.Kind.SHADOW);
        for (Object run : guest.list("ram")) {
          long address = Truth.number(((List<?>) run).getFirst());
          long lowest = Layer.toLowest(machine.physical(), address);
          if (!Translation.isFault(lowest)) {
            assertThat(Translation.address(lowest)).isEqualTo(hostAddress(guest, address));
          }
        }
      }
    }
  }

  /**
   * The guest's lower memory slot on two bits more than a table of level 2 translates, as KVM would
   * map it for a VMM that asks for 32 bits: the start level holds the blocks itself. With an entry
   * for a device in it the tables are not recognised by their form, only by KVM's own record.
   */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void blocksInTheStartLevelOfArm(boolean device) throws Exception {
    Truth truth = truth("kvm-arm64");
    Truth guest = truth.child("machines").child("vm1");
    long old = guest.child("secondLevel").number("root");
    try (Arena arena = Arena.ofShared();
        MemoryImage image = open(truth)) {
      HypervisorGuest view =
          MachineFinder.find(image, THREADS, Progress.NONE)
              .named("vm1")
              .orElseThrow()
              .inHypervisor()
              .orElseThrow();
      AddressRange range = image.memory().ranges().getFirst();
      MemorySegment copy = arena.allocate(range.length(), PAGE);
      assertThat(image.memory().read(range.start(), copy)).isEqualTo(range.length());
      long root = freePages(copy, range.start(), 4);
      long lower = image.memory().getLong(old + 2 * Long.BYTES, 0) & 0xffff_ffff_f000L;
      MemorySegment.copy(copy, lower - range.start(), copy, root + 2 * PAGE - range.start(), PAGE);
      copy.asSlice(old - range.start(), 2 * PAGE).fill((byte) 0);
      copy.asSlice(lower - range.start(), PAGE).fill((byte) 0);
      if (device) {
        copy.set(Memory.LONG, root - range.start(), 0x800_04c5L | 1L << 29);
      }
      // struct kvm has the root twice in some versions, and VTCR_EL2 once.
      assertThat(replaced(copy, old, root)).isPositive();
      assertThat(replaced(copy, view.control().getAsLong(), 0x8024_3520L)).isPositive();
      Machines machines = MachineFinder.find(raw(image, copy, List.of()), THREADS, Progress.NONE);
      assertThat(machines.all())
          .as("%s", machines.attempts())
          .extracting(Machine::id)
          .containsExactly("host", "vm1");
      Machine vm = machines.named("vm1").orElseThrow();
      Root found = vm.secondLevel().root().orElseThrow();
      assertThat(found.address()).isEqualTo(root);
      assertThat(found.mode().name()).isEqualTo("AArch64 stage 2 4K 32-bit");
      assertThat(found.evidence())
          .extracting(Evidence::source)
          .containsExactly(Source.STRUCTURE, Source.CONTENT, Source.HYPERVISOR);
      assertThat(vm.secondLevel().crossCheck().orElseThrow().agree()).isGreaterThan(10_000);
    }
  }

  /** So many pages of zeros side by side, aligned to their size. */
  private static long freePages(MemorySegment memory, long start, int pages) {
    long size = pages * PAGE;
    MemorySegment zeros = MemorySegment.ofArray(new byte[Math.toIntExact(size)]);
    for (long offset = memory.byteSize() - size; offset > 0; offset -= size) {
      if (memory.asSlice(offset, size).mismatch(zeros) < 0) {
        return start + offset;
      }
    }
    throw new AssertionError("no page is free");
  }

  /** Writes zeros wherever a value stands that need not be aligned, and tells how often. */
  private static int wiped(MemorySegment memory, long value) {
    int count = 0;
    for (long offset = 0; offset <= memory.byteSize() - Long.BYTES; offset += Integer.BYTES) {
      if (memory.get(UNALIGNED, offset) == value) {
        memory.set(UNALIGNED, offset, 0L);
        count++;
      }
    }
    return count;
  }

  /** Writes another value wherever one stands, and tells how often. */
  private static int replaced(MemorySegment memory, long value, long by) {
    int count = 0;
    for (long offset = 0; offset < memory.byteSize(); offset += Long.BYTES) {
      if (memory.get(Memory.LONG, offset) == value) {
        memory.set(Memory.LONG, offset, by);
        count++;
      }
    }
    return count;
  }

  private static Truth truth(String name) {
    return Truth.read(RealImages.get(name + ".truth.json"));
  }

  private static MemoryImage open(Truth truth) throws Exception {
    return MemoryImages.open(RealImages.get(truth.text("image")), OpenOptions.defaults());
  }

  /**
   * The memory with zeros where processors keep what they know of hosts and guests.
   *
   * @param cpus what else is known
   */
  private static MemoryImage stripped(MemoryImage image, Arena arena, List<Cpu> cpus) {
    PhysicalMemory memory = image.memory();
    // A raw dump of the RAM; the firmware below 4 GiB is not in it.
    AddressRange range = memory.ranges().getFirst();
    MemorySegment copy = arena.allocate(range.length(), PAGE);
    assertThat(memory.read(range.start(), copy)).isEqualTo(range.length());
    Set<Long> hints = controlPages(image);
    // ARM keeps all of it in registers.
    assertThat(hints.isEmpty())
        .isEqualTo(image.architecture().equals(Optional.of(Architecture.AARCH64)));
    for (long page : hints) {
      assertThat(range.contains(page)).isTrue();
      copy.asSlice(page - range.start(), PAGE).fill((byte) 0);
    }
    return raw(image, copy, cpus);
  }

  /** The largest range: firmware may lie below it. */
  private static AddressRange ram(MemoryImage image) {
    return image.memory().ranges().stream()
        .max(Comparator.comparingLong(AddressRange::length))
        .orElseThrow();
  }

  /** An image's RAM with other bytes in it. */
  private static MemoryImage raw(MemoryImage image, MemorySegment copy, List<Cpu> cpus) {
    List<MemoryRun> runs = List.of(new MemoryRun(ram(image).start(), copy.byteSize(), 0));
    return MemoryImage.of(image.file(), "raw", MappedMemory.of(copy, runs))
        .architecture(cpus.stream().map(Cpu::architecture).findFirst())
        .runs(runs)
        .cpus(cpus)
        .build();
  }

  private static Set<Long> controlPages(MemoryImage image) {
    VmcbDetector vmcbs = new VmcbDetector();
    HostSaveDetector hostSaves = new HostSaveDetector();
    Survey survey = Survey.of(image.memory(), List.of(vmcbs, hostSaves), THREADS, Progress.NONE);
    Set<Long> pages = new TreeSet<>();
    survey.found(vmcbs).stream().map(Vmcb::address).forEach(pages::add);
    survey.found(hostSaves).stream().map(HostSave::address).forEach(pages::add);
    for (Machine machine : MachineFinder.find(image, THREADS, Progress.NONE).all()) {
      for (Evidence evidence : machine.secondLevel().evidence()) {
        if (evidence.source() == Source.VMCS) {
          pages.add(evidence.address());
        }
      }
    }
    return pages;
  }

  private static void checkAll(Machines machines, Truth truth) {
    Map<String, Object> expected = truth.child("machines").values();
    assertThat(machines.all())
        .as("%s", machines.attempts())
        .extracting(Machine::id)
        .containsExactlyElementsOf(expected.keySet());
    expected.forEach(
        (id, values) -> {
          Machine machine = machines.named(id).orElseThrow();
          Truth known = Truth.of(values);
          if (known.has("secondLevel")) {
            checkSecondLevel(machine, known);
          }
          if (known.child("rootOfPid").values().isEmpty()) {
            assertThat(machine.system()).as("a hypervisor, and no system").isEmpty();
          } else {
            checkOwnPages(machine, known);
          }
        });
  }

  private static void checkSecondLevel(Machine machine, Truth truth) {
    Truth level = truth.child("secondLevel");
    assertThat(machine.secondLevel().kind()).hasToString(level.text("kind"));
    assertThat(machine.secondLevel().root().orElseThrow().address())
        .isEqualTo(level.number("root"));
    Set<Long> overlaid =
        truth.list("overlaid").stream().map(Truth::number).collect(Collectors.toSet());
    Set<Long> skipped =
        truth.list("notInSecondLevel").stream().map(Truth::number).collect(Collectors.toSet());
    int checked = 0;
    for (Object run : truth.list("ram")) {
      List<?> values = (List<?>) run;
      long guest = Truth.number(values.get(0));
      long host = Truth.number(values.get(1));
      long length = Truth.number(values.get(2)) * PAGE;
      for (long offset = 0; offset < length; offset += PAGE) {
        if (!overlaid.contains(guest + offset) && !skipped.contains(guest + offset)) {
          assertLowest(machine.physical(), guest + offset, host + offset);
          checked++;
        }
      }
    }
    assertThat(checked).isGreaterThan(10_000);
  }

  /** Every present page, every marker and every address that must fault, by the machine's roots. */
  private static void checkOwnPages(Machine machine, Truth truth) {
    PagingMode mode = machine.mode().orElseThrow();
    Truth roots = truth.child("rootOfPid");
    int checked = 0;
    for (String pid : roots.values().keySet()) {
      Layer space = machine.space(mode, roots.number(pid));
      for (Object run : truth.child("runs").list(pid)) {
        List<?> values = (List<?>) run;
        long virtual = Truth.number(values.get(0));
        long physical = Truth.number(values.get(1));
        for (long i = 0; i < Truth.number(values.get(2)); i++) {
          long translation = space.translate(virtual + i * PAGE);
          assertThat(Translation.isFault(translation)).as("%x of %s", virtual, pid).isFalse();
          assertThat(Translation.address(translation)).isEqualTo(physical + i * PAGE);
          checked++;
        }
      }
      for (Truth page : truth.children("pages")) {
        if (pid.equals(Long.toString(page.number("pid")))) {
          checkMarker(space, page);
        }
      }
      for (Truth page : truth.children("unmapped")) {
        if (pid.equals(Long.toString(page.number("pid")))) {
          assertThat(Translation.isFault(space.translate(page.number("va"))))
              .as(page.text("why"))
              .isTrue();
        }
      }
    }
    assertThat(checked).isGreaterThan(500);
  }

  private static void checkMarker(Memory space, Truth page) {
    if (page.has("text")) {
      String text = page.text("text");
      byte[] read = space.readBytes(page.number("va"), text.length());
      assertThat(new String(read, StandardCharsets.US_ASCII)).isEqualTo(text);
    }
  }

  private static void assertLowest(Memory memory, long address, long expected) {
    long lowest = Layer.toLowest(memory, address);
    assertThat(Translation.isFault(lowest)).as("%x", address).isFalse();
    assertThat(Translation.address(lowest)).as("%x", address).isEqualTo(expected);
  }

  /** Where the host keeps a guest-physical address by the VMM's own page map. */
  private static long hostAddress(Truth guest, long address) {
    for (Object run : guest.list("ram")) {
      List<?> values = (List<?>) run;
      long start = Truth.number(values.get(0));
      if (address >= start && address < start + Truth.number(values.get(2)) * PAGE) {
        return Truth.number(values.get(1)) + (address - start);
      }
    }
    throw new AssertionError("no such guest memory: " + Long.toHexString(address));
  }
}
