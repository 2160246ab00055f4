package io.nestwalk.search;

import static org.assertj.core.api.Assertions.assertThat;

import io.nestwalk.finding.Examination;
import io.nestwalk.finding.Rule;
import io.nestwalk.image.MemoryImage;
import io.nestwalk.image.MemoryImages;
import io.nestwalk.image.OpenOptions;
import io.nestwalk.image.Progress;
import io.nestwalk.image.Registers;
import io.nestwalk.machine.Machine;
import io.nestwalk.machine.MachineState;
import io.nestwalk.machine.Machines;
import io.nestwalk.machine.NamedHypervisor;
import io.nestwalk.machine.SecondLevel;
import io.nestwalk.memory.Layer;
import io.nestwalk.memory.TranslatedMemory;
import io.nestwalk.paging.Walker;
import io.nestwalk.roots.Root;
import io.nestwalk.survey.SurveyStore;
import io.nestwalk.synthetic.ControlPages;
import io.nestwalk.synthetic.ControlPages.CpuState;
import io.nestwalk.synthetic.Frames;
import io.nestwalk.synthetic.Rights;
import io.nestwalk.synthetic.SparseMemory;
import io.nestwalk.synthetic.SyntheticMachine;
import io.nestwalk.synthetic.SyntheticMachine.Guest;
import io.nestwalk.synthetic.TableBuilder;
import io.nestwalk.synthetic.VmcsFields;
import io.nestwalk.synthetic.X86Form;
import io.nestwalk.system.GuestMapping;
import io.nestwalk.system.GuestModule;
import io.nestwalk.system.GuestProcess;
import io.nestwalk.system.GuestSystem;
import io.nestwalk.system.GuestSystems;
import io.nestwalk.system.HypervisorCpu;
import io.nestwalk.system.HypervisorGuest;
import io.nestwalk.system.Site;
import io.nestwalk.system.SystemFacts;
import io.nestwalk.system.SystemSupport;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What guests leave in memory that their host does not clear: they are told from those that run.
 */
class StaleMachinesTest {

  private static final int MIB = 1 << 20;
  private static final int HOST_SIZE = 64 * MIB;
  private static final long KERNEL = 0xffff_ffff_8100_0000L;
  private static final long OTHER_KERNEL = 0xffff_ffff_9600_0000L;
  private static final String TWO_KERNELS = "two kernels are in this memory";
  private static final long DIRECT_MAP = 0xffff_8880_0000_0000L;

  @TempDir private Path folder;
  private final SparseMemory memory = new SparseMemory();
  private final SyntheticMachine host = new SyntheticMachine(memory, HOST_SIZE, 4);
  private final List<HypervisorGuest> records = new ArrayList<>();
  private final List<Long> processes = new ArrayList<>();
  private final List<String> modules = new ArrayList<>(List.of("kvm", "kvm_amd"));

  @Test
  void whatWasSavedBeforeTheLastGuestEndedIsNoRootOfNow() throws Exception {
    host.addHostSave(0);
    Machine found = find(GuestSystems.installed()).host();
    assertThat(found.root().map(Root::address)).contains(host.kernel().root());
    assertThat(found.cpus()).isEmpty();
    assertThat(root(found, host.cpu(0).cr3()).isContradicted()).isTrue();
  }

  @Test
  void whatWasSavedWhileAGuestRunsIs() throws Exception {
    host.addHostSave(0);
    host.addAmdGuest(6 * MIB, 1);
    Machine found = find(GuestSystems.installed()).host();
    assertThat(found.root().map(Root::address)).contains(host.cpu(0).cr3());
    assertThat(found.cpus()).hasSize(1);
  }

  @Test
  void theRootIsThatOfAProcessThatIsListed() throws Exception {
    host.addHostSave(0);
    host.addHostSave(1);
    Guest guest = host.addAmdGuest(6 * MIB, 1);
    record(guest, OptionalInt.of(7), true);
    processes.add(host.processes().get(1).root());
    Machine found = find(system()).host();
    assertThat(found.root().map(Root::address)).contains(host.processes().get(1).root());
    assertThat(root(found, host.processes().get(0).root()).isContradicted()).isTrue();
  }

  @Test
  void aGuestWhosePagesHoldRootsOfItsHostHasEnded() throws Exception {
    Guest ended = host.addAmdGuest(6 * MIB, 1);
    Guest other = host.addAmdGuest(6 * MIB, 1);
    long reused = ended.secondLevel().lookup(4 * MIB).target();
    long another = ended.secondLevel().lookup(5 * MIB).target();
    TableBuilder process = host.processes().getFirst();
    for (long entry = 0; entry < SparseMemory.PAGE; entry += Long.BYTES) {
      memory.putLong(reused + entry, memory.getLong(process.root() + entry));
      memory.putLong(another + entry, memory.getLong(process.root() + entry));
    }
    Machines machines = find(GuestSystems.installed());
    assertThat(machines.all()).extracting(Machine::id).containsExactly("host", "vm1");
    assertThat(secondLevel(machines.all().get(1))).isEqualTo(other.secondLevel().root());
    Machine stale = machines.stale().getFirst();
    assertThat(stale.id()).isEqualTo("vm2");
    assertThat(secondLevel(stale)).isEqualTo(ended.secondLevel().root());
    assertThat(stale.state().orElseThrow().kind()).isEqualTo(MachineState.Kind.STALE);
    assertThat(stale.secondLevel().root().orElseThrow().isContradicted()).isTrue();
    assertThat(machines.named("vm2")).contains(stale);
    assertThat(machines.leftOut().orElseThrow())
        .contains("1 machine is")
        .contains("vm2: 2 page-table roots of its host's kernel lie in its pages");
    Examination of = Examination.of(machines).getLast();
    assertThat(of.machine()).isEqualTo("vm2");
    assertThat(of.examined()).isEmpty();
    assertThat(of.omitted()).containsKey(Rule.MAPS_HOST_TABLES);
    // The pages are the host's again.
    assertThat(machines.host().roots()).extracting(Root::address).contains(reused, another);
  }

  @Test
  void whatTheHypervisorDoesNotKnowHasEnded() throws Exception {
    Guest ended = host.addAmdGuest(4 * MIB, 2);
    ended.machine().addHostSave(0);
    ended.machine().addAmdGuest(2 * MIB, 1);
    Guest known = host.addAmdGuest(6 * MIB, 1);
    record(known, OptionalInt.of(7), true);
    Machines machines = find(system());
    assertThat(machines.all()).extracting(Machine::id).containsExactly("host", "vm1");
    assertThat(secondLevel(machines.all().get(1))).isEqualTo(known.secondLevel().root());
    assertThat(machines.all().get(1).state().orElseThrow().kind())
        .isEqualTo(MachineState.Kind.RUNNING);
    // What ran on it has ended as well.
    assertThat(machines.stale()).extracting(Machine::id).containsExactly("vm2", "vm2.vm1");
  }

  @Test
  void whatNoProcessRunsOrHasNoCpuIsStopped() throws Exception {
    record(host.addAmdGuest(6 * MIB, 1), OptionalInt.empty(), true);
    record(host.addAmdGuest(4 * MIB, 1), OptionalInt.of(7), false);
    Machines machines = find(system());
    assertThat(machines.all().subList(1, 3))
        .allSatisfy(
            vm -> assertThat(vm.state().orElseThrow().kind()).isEqualTo(MachineState.Kind.STOPPED));
  }

  @Test
  void aHypervisorThatRunsNothingLeftItBehind() throws Exception {
    host.addAmdGuest(6 * MIB, 1);
    assertThat(find(system()).stale()).extracting(Machine::id).containsExactly("vm1");
  }

  @Test
  void aGuestOfAnotherHypervisorIsNotKvmsToKnow() throws Exception {
    host.addAmdGuest(6 * MIB, 1);
    modules.add("vboxdrv");
    Machines machines = find(system());
    assertThat(machines.all()).extracting(Machine::id).containsExactly("host", "vm1");
    assertThat(machines.all().get(1).state()).isEmpty();
    assertThat(machines.all().get(1).hypervisor()).isEmpty();
    modules.removeIf(name -> name.startsWith("kvm"));
    assertThat(find(system()).all().get(1).hypervisor().map(NamedHypervisor::name))
        .contains("VirtualBox");
  }

  /** KVM's structures alone name the guest: no control block of it is in the memory. */
  @Test
  void aKernelInTablesThatKvmKeepsForAGuestIsNoSecondOneOfTheHost() throws Exception {
    TableBuilder tables = otherKernel(48 * MIB);
    assertThat(find(system()).warnings()).anyMatch(line -> line.contains(TWO_KERNELS));
    record(OptionalInt.of(7), OptionalLong.empty(), List.of(cpu(tables.root(), false)));
    assertThat(find(system()).warnings()).noneMatch(line -> line.contains(TWO_KERNELS));
  }

  @Test
  void anEndedGuestsShadowTablesHideNoSecondKernel() throws Exception {
    TableBuilder shadow = otherKernel(48 * MIB);
    ControlPages.shadowVmcb(
        memory, host.take(1), 9, new CpuState(shadow.root(), OTHER_KERNEL), host.take(5));
    record(host.addAmdGuest(6 * MIB, 1), OptionalInt.of(7), true);
    Machines machines = find(system());
    assertThat(machines.stale().getFirst().secondLevel().kind()).isEqualTo(SecondLevel.Kind.SHADOW);
    assertThat(machines.warnings()).noneMatch(line -> line.contains(TWO_KERNELS));
    otherKernel(54 * MIB);
    assertThat(find(system()).warnings()).anyMatch(line -> line.contains(TWO_KERNELS));
  }

  /** Tables of a kernel beside the host's, whose memory begins at an address of the host. */
  private TableBuilder otherKernel(long from) {
    TableBuilder tables =
        new TableBuilder(X86Form.longMode(4, 48), memory, Frames.from(from + 4 * MIB));
    tables.map(OTHER_KERNEL, from, 12, 2 * MIB, Rights.KERNEL);
    tables.map(DIRECT_MAP, from, 21, 6 * MIB, Rights.KERNEL);
    memory.touch(from, 2 * MIB);
    return tables;
  }

  @Test
  void aVmcsThatGoesBackToNoProcessIsLeftOver() throws Exception {
    modules.clear();
    VmcsFields fields = VmcsFields.unknown(new Random(3));
    Guest ended = host.addIntelGuest(6 * MIB, 0, fields);
    long root = host.processes().getFirst().root();
    ControlPages.vmcs(
        memory,
        host.take(1),
        fields,
        SyntheticMachine.eptp(ended),
        ended.machine().cpu(0),
        new CpuState(root, host.cpu(0).rip()));
    assertThat(find(system()).stale()).extracting(Machine::id).containsExactly("vm1");
    processes.add(root);
    Machines machines = find(system());
    assertThat(machines.stale()).isEmpty();
    assertThat(machines.leftOut()).isEmpty();
    assertThat(machines.host().root().map(Root::address)).contains(root);
  }

  private static Root root(Machine machine, long address) {
    return machine.roots().stream()
        .filter(root -> root.address() == address)
        .findFirst()
        .orElseThrow();
  }

  private static long secondLevel(Machine machine) {
    return machine.secondLevel().root().orElseThrow().address();
  }

  private void record(Guest guest, OptionalInt pid, boolean withCpus) {
    long root = guest.secondLevel().root();
    if (withCpus) {
      record(pid, OptionalLong.empty(), List.of(cpu(root, true)));
    } else {
      record(pid, OptionalLong.of(root), List.of());
    }
  }

  private void record(OptionalInt pid, OptionalLong root, List<HypervisorCpu> cpus) {
    records.add(
        new HypervisorGuest(
            "KVM",
            "vm",
            pid,
            KERNEL + records.size(),
            List.of(),
            Optional.empty(),
            cpus,
            root,
            OptionalLong.empty(),
            Set.of("vm-list")));
  }

  private static HypervisorCpu cpu(long root, boolean direct) {
    return new HypervisorCpu(
        0, KERNEL, Registers.NONE, OptionalLong.of(root), direct, OptionalLong.empty());
  }

  private Machines find(GuestSystems systems) throws Exception {
    Path file = folder.resolve("host.raw");
    Files.write(file, memory.flat(HOST_SIZE));
    try (MemoryImage image = MemoryImages.open(file, OpenOptions.defaults())) {
      return MachineFinder.find(image, 2, Progress.NONE, systems, SurveyStore.NONE);
    }
  }

  /** Recognises the host alone. */
  private GuestSystems system() {
    SystemSupport support =
        site ->
            site.physical() instanceof Layer || site.roots().isEmpty()
                ? Optional.empty()
                : Optional.of(new HostSystem(site));
    return GuestSystems.installed().with(support);
  }

  private final class HostSystem implements GuestSystem {

    private final Site site;

    HostSystem(Site site) {
      this.site = site;
    }

    @Override
    public SystemFacts facts() {
      return SystemFacts.builder("Linux", "6.1", KERNEL)
          .root(OptionalLong.of(host.kernel().root()))
          .kernelPhysical(OptionalLong.of(host.kernel().lookup(KERNEL).target()))
          .build();
    }

    @Override
    public List<GuestProcess> processes() {
      List<GuestProcess> all = new ArrayList<>();
      all.add(
          GuestProcess.builder(1, "init", KERNEL)
              .root(OptionalLong.of(host.processes().get(3).root()))
              .build());
      for (long root : processes) {
        all.add(
            GuestProcess.builder(all.size() + 1, "vmm", KERNEL + all.size())
                .root(OptionalLong.of(root))
                .build());
      }
      return all;
    }

    @Override
    public List<GuestModule> modules() {
      return modules.stream().map(StaleMachinesTest::module).toList();
    }

    @Override
    public List<HypervisorGuest> virtualMachines() {
      return records;
    }

    @Override
    public List<GuestMapping> mappings(GuestProcess process) {
      return List.of();
    }

    @Override
    public Optional<Layer> memoryOf(GuestProcess process) {
      return Optional.empty();
    }

    @Override
    public Layer kernelMemory() {
      Root root = site.roots().getFirst();
      return TranslatedMemory.of(
          site.physical(), new Walker(root.mode(), root.address(), site.physical()));
    }

    @Override
    public List<String> warnings() {
      return List.of();
    }
  }

  private static GuestModule module(String name) {
    return new GuestModule(name, KERNEL, 4096, KERNEL);
  }
}
