package io.nestwalk.search;

import static org.assertj.core.api.Assertions.assertThat;

import io.nestwalk.image.Architecture;
import io.nestwalk.image.Cpu;
import io.nestwalk.image.MemoryImage;
import io.nestwalk.image.MemoryImages;
import io.nestwalk.image.OpenOptions;
import io.nestwalk.image.Progress;
import io.nestwalk.image.Registers;
import io.nestwalk.machine.Machine;
import io.nestwalk.machine.Machines;
import io.nestwalk.machine.SecondLevel;
import io.nestwalk.roots.Evidence;
import io.nestwalk.roots.Evidence.Source;
import io.nestwalk.roots.Root;
import io.nestwalk.synthetic.ControlPages;
import io.nestwalk.synthetic.SparseMemory;
import io.nestwalk.synthetic.SyntheticMachine;
import io.nestwalk.synthetic.SyntheticMachine.Guest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What only a register leads to, in made-up hosts; without the register it is not found. */
class RegisterCluesTest {

  private static final int MIB = 1 << 20;
  private static final int HOST_SIZE = 64 * MIB;
  private static final long INSIDE_GUEST = 1L << 21;
  private static final long NO_PAGING = 0x11;

  @TempDir private Path folder;
  private final SparseMemory memory = new SparseMemory();
  private SyntheticMachine host;

  @BeforeEach
  void host() {
    host = new SyntheticMachine(memory, HOST_SIZE, 4);
  }

  @Test
  void aVmcbWithoutPermissionMapsIsReadWhereARegisterNamesIt() throws Exception {
    Guest guest = host.addAmdGuest(6 * MIB, 0);
    long vmcb = host.take(1);
    ControlPages.vmcb(memory, vmcb, guest.secondLevel().root(), 7, guest.machine().cpu(0), 0);
    assertThat(sources(find(Map.of()))).doesNotContain(Source.VMCB, Source.CPU_REGISTER);
    Machines machines = find(Map.of("vm_vmcb", vmcb));
    assertThat(sources(machines)).contains(Source.VMCB, Source.CPU_REGISTER);
    assertThat(vm(machines).cpus()).hasSize(1);
    assertThat(vm(machines).root().map(Root::address))
        .contains(guest.machine().processes().getFirst().root());
  }

  @Test
  void aNestedRootOfAGuestWithoutPagingIsKnownFromTheCpuThatIsInside() throws Exception {
    long root = bareGuest(7, 7);
    assertThat(find(Map.of()).all()).hasSize(1);
    Map<String, Long> outside =
        Map.of("nested_cr3", root, "cr0", NO_PAGING, "rip", 0x1234L, "hflags", 0L);
    assertThat(find(outside).all()).hasSize(1);
    Machines machines =
        find(Map.of("nested_cr3", root, "cr0", NO_PAGING, "rip", 0x1234L, "hflags", INSIDE_GUEST));
    assertThat(vm(machines).secondLevel().kind()).isEqualTo(SecondLevel.Kind.NPT);
    assertThat(vm(machines).secondLevel().root().map(Root::address)).contains(root);
    assertThat(vm(machines).secondLevel().pointer()).contains(root);
    // An instruction that its tables do not map speaks against it.
    assertThat(
            find(Map.of(
                    "nested_cr3",
                    root,
                    "cr0",
                    NO_PAGING,
                    "rip",
                    0x4000_0000L,
                    "hflags",
                    INSIDE_GUEST))
                .all())
        .hasSize(1);
  }

  @Test
  void anEptPointerIsEnough() throws Exception {
    long root = bareGuest(7, 0x37);
    long eptp = root | 0x1e;
    assertThat(find(Map.of()).all()).hasSize(1);
    Machines machines =
        find(Map.of("nested_eptp", eptp, "cr0", NO_PAGING, "rip", 0x10L, "hflags", INSIDE_GUEST));
    assertThat(vm(machines).secondLevel().kind()).isEqualTo(SecondLevel.Kind.EPT);
    assertThat(vm(machines).secondLevel().root().map(Root::address)).contains(root);
    assertThat(vm(machines).secondLevel().pointer()).contains(eptp);
  }

  @Test
  void aHostSaveAreaIsReadWhateverStandsBeforeTheState() throws Exception {
    long save = host.take(1);
    ControlPages.hostSave(memory, save, host.cpu(1));
    memory.putLong(save + 8, 0x1234);
    long process = host.processes().get(1).root();
    assertThat(find(Map.of()).host().root().map(Root::address)).isNotEqualTo(Optional.of(process));
    Root root = find(Map.of("vm_hsave", save)).host().root().orElseThrow();
    assertThat(root.address()).isEqualTo(process);
    assertThat(root.evidence())
        .extracting(Evidence::source)
        .contains(Source.HOST_SAVE, Source.CPU_REGISTER);
  }

  @Test
  void cpusThatAgreeAreOneLine() throws Exception {
    Guest guest = host.addAmdGuest(6 * MIB, 0);
    Cpu cpu = cpu(0, Map.of("nested_cr3", guest.secondLevel().root()));
    Machines machines = find(List.of(cpu, new Cpu(1, cpu.architecture(), cpu.registers())));
    assertThat(vm(machines).secondLevel().evidence())
        .filteredOn(evidence -> evidence.source() == Source.CPU_REGISTER)
        .singleElement()
        .satisfies(e -> assertThat(e.text()).endsWith(", and of 1 other CPUs"));
  }

  /** Tables for 2 MiB that hold no kernel: nothing but a register tells that this is a guest. */
  private long bareGuest(long upper, long leaf) {
    long root = host.take(1);
    long pdpt = host.take(1);
    long directory = host.take(1);
    long table = host.take(1);
    long pages = host.take(512);
    memory.putLong(root, pdpt | upper);
    memory.putLong(pdpt, directory | upper);
    memory.putLong(directory, table | upper);
    for (int i = 0; i < 512; i++) {
      memory.putLong(table + 8L * i, pages + (511 - i) * 4096L | leaf);
    }
    return root;
  }

  private static Machine vm(Machines machines) {
    return machines
        .named("vm1")
        .orElseThrow(() -> new AssertionError(machines.attempts().toString()));
  }

  private static List<Source> sources(Machines machines) {
    return vm(machines).secondLevel().evidence().stream().map(Evidence::source).toList();
  }

  private static Cpu cpu(int id, Map<String, Long> registers) {
    return new Cpu(id, Architecture.X86_64, new Registers(registers));
  }

  private Machines find(Map<String, Long> registers) throws Exception {
    return find(registers.isEmpty() ? List.of() : List.of(cpu(0, registers)));
  }

  private Machines find(List<Cpu> cpus) throws Exception {
    Path file = folder.resolve("host.raw");
    Files.write(file, memory.flat(HOST_SIZE));
    try (MemoryImage raw = MemoryImages.open(file, OpenOptions.defaults())) {
      MemoryImage image =
          MemoryImage.of(raw.file(), raw.format(), raw.memory())
              .creator(raw.creator())
              .architecture(Architecture.X86_64)
              .runs(raw.runs())
              .cpus(cpus)
              .build();
      return MachineFinder.find(image, 2, Progress.NONE);
    }
  }
}
