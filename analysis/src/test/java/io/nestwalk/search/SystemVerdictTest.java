package io.nestwalk.search;

import static org.assertj.core.api.Assertions.assertThat;

import io.nestwalk.image.Architecture;
import io.nestwalk.image.Cpu;
import io.nestwalk.image.Memory;
import io.nestwalk.image.RegisterNames;
import io.nestwalk.image.Registers;
import io.nestwalk.machine.LazySystem;
import io.nestwalk.machine.Machine;
import io.nestwalk.machine.MachineState;
import io.nestwalk.machine.SecondLevel;
import io.nestwalk.paging.Translation;
import io.nestwalk.paging.Walker;
import io.nestwalk.paging.X86Modes;
import io.nestwalk.roots.Evidence;
import io.nestwalk.roots.Evidence.Source;
import io.nestwalk.roots.Root;
import io.nestwalk.synthetic.Frames;
import io.nestwalk.synthetic.Rights;
import io.nestwalk.synthetic.SparseMemory;
import io.nestwalk.synthetic.TableBuilder;
import io.nestwalk.synthetic.X86Form;
import io.nestwalk.system.GuestSystem;
import io.nestwalk.system.GuestSystems;
import io.nestwalk.system.SeenCrash;
import io.nestwalk.system.SystemFacts;
import io.nestwalk.system.SystemSupport;
import java.lang.reflect.Proxy;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

/** What a recognised system says for and against a machine's root. */
class SystemVerdictTest {

  private static final long CRASHED = 0xffff_ffff_a400_0000L;
  private static final long RUNNING = 0xffff_ffff_9600_0000L;
  private static final long CODE = 2 << 20;
  private static final Map<Long, Long> KERNELS = Map.of(CRASHED, 0x400_0000L, RUNNING, 0x800_0000L);

  private final Map<Long, Long> ownRoots = new HashMap<>();
  private long crashed;

  private final SparseMemory memory = new SparseMemory();
  private final Frames frames = Frames.from(0x10_0000);
  private final SearchLog log = new SearchLog();
  private final long crashedRoot = root(CRASHED, 0x400_0000);
  private final long runningRoot = root(RUNNING, 0x800_0000);

  @Test
  void twoKernelsInOneMemoryAreTwoMachines() {
    crashed = CRASHED;
    List<Machine> machines = verdicts(KERNELS, runningRoot);
    assertThat(machines).extracting(Machine::id).containsExactly("host", "host-2");
    Machine running = machines.getFirst();
    assertThat(running.system().orElseThrow().facts().kernelBase()).isEqualTo(RUNNING);
    assertThat(running.root().orElseThrow().isConfirmed()).isTrue();
    assertThat(running.roots()).extracting(Root::address).containsExactly(runningRoot);
    assertThat(running.cpus()).hasSize(1);
    assertThat(running.state().orElseThrow().kind()).isEqualTo(MachineState.Kind.RUNNING);
    assertThat(running.sameMemoryAs()).isEmpty();
    Machine before = machines.getLast();
    assertThat(before.system().orElseThrow().facts().kernelBase()).isEqualTo(CRASHED);
    assertThat(before.roots()).extracting(Root::address).containsExactly(crashedRoot);
    assertThat(before.root()).contains(before.roots().getFirst());
    assertThat(before.cpus()).isEmpty();
    assertThat(before.state().orElseThrow().kind()).isEqualTo(MachineState.Kind.CRASHED);
    assertThat(before.sameMemoryAs()).contains("host");
    assertThat(log.warnings())
        .singleElement()
        .asString()
        .contains("the running one at 0x%x is host,".formatted(RUNNING))
        .contains("the crashed one at 0x%x is host-2".formatted(CRASHED));
  }

  @Test
  void aKernelWhoseOwnRootLeadsElsewhereIsAGuestsBehindItsShadowTables() {
    ownRoots.put(CRASHED, crashedRoot);
    assertThat(verdicts(KERNELS, runningRoot)).hasSize(2);
    TableBuilder guestPhysical = new TableBuilder(X86Form.longMode(4, 48), memory, frames);
    guestPhysical.map(CRASHED, 0x10_0000, 12, CODE, Rights.KERNEL);
    ownRoots.put(CRASHED, guestPhysical.root());
    assertThat(verdicts(KERNELS, runningRoot)).hasSize(1);
  }

  @Test
  void aKernelThatDidNotCrashAndHasNoCpuIsStopped() {
    assertThat(verdicts(KERNELS, runningRoot).getLast().state().orElseThrow().kind())
        .isEqualTo(MachineState.Kind.STOPPED);
  }

  @Test
  void withoutCpusTheKernelThatCrashedTellsWhichRuns() {
    assertThat(verdicts(KERNELS, 0).stream().map(Machine::state).flatMap(Optional::stream))
        .isEmpty();
    crashed = RUNNING;
    assertThat(verdicts(KERNELS, 0).stream().map(machine -> machine.state().orElseThrow().kind()))
        .containsExactly(MachineState.Kind.CRASHED, MachineState.Kind.RUNNING);
  }

  /** An ended guest with two kernels in its memory is two machines that have ended. */
  @Test
  void whatDoesNotRunByTheMachineBelowRunsInNoPart() {
    crashed = CRASHED;
    Machine both = machine(runningRoot, List.of(crashedRoot, runningRoot), KERNELS);
    for (MachineState below :
        List.of(
            MachineState.stale(Evidence.against(Source.HYPERVISOR, -1, "not listed")),
            MachineState.stopped(Evidence.of(Source.HYPERVISOR, -1, "without a virtual CPU")))) {
      assertThat(verdicts(both.in(below), KERNELS))
          .hasSize(2)
          .allSatisfy(part -> assertThat(part.state()).contains(below));
    }
    MachineState runs = MachineState.running(Evidence.of(Source.HYPERVISOR, -1, "listed"));
    assertThat(verdicts(both.in(runs), KERNELS))
        .extracting(part -> part.state().orElseThrow().kind())
        .containsExactly(MachineState.Kind.RUNNING, MachineState.Kind.CRASHED);
  }

  @Test
  void theUserHalfOfIsolatedTablesGoesWithItsKernel() {
    long half = crashedRoot ^ 0x1000;
    List<Machine> machines =
        verdicts(
            machine(runningRoot, List.of(crashedRoot, half, runningRoot), KERNELS, runningRoot),
            KERNELS);
    assertThat(machines.getFirst().roots()).extracting(Root::address).containsExactly(runningRoot);
    assertThat(machines.getLast().roots())
        .extracting(Root::address)
        .containsExactly(crashedRoot, half);
  }

  @Test
  void aRootThatMapsAnotherKernelThanTheOneThatIsKnownIsContradicted() {
    Machine machine = verdict(runningRoot, Map.of(CRASHED, 0x400_0000L));
    Root root = machine.root().orElseThrow();
    assertThat(root.isContradicted()).isTrue();
    assertThat(root.isConfirmed()).isFalse();
    assertThat(root.evidence()).anyMatch(evidence -> !evidence.confirms());
    assertThat(log.warnings()).anyMatch(text -> text.contains("maps another kernel"));
  }

  @Test
  void oneKernelIsNothingToReport() {
    TableBuilder user = new TableBuilder(X86Form.longMode(4, 48), memory, frames);
    user.map(RUNNING - CODE, 0x800_0000, 12, 16 << 12, Rights.KERNEL);
    Machine machine =
        machine(runningRoot, List.of(runningRoot, user.root()), Map.of(RUNNING, 0x800_0000L));
    assertThat(verdict(machine, Map.of(RUNNING, 0x800_0000L)).root().orElseThrow().isConfirmed())
        .isTrue();
    assertThat(log.warnings()).isEmpty();
  }

  @Test
  void aRootOf32BitsThatOnlyItsFormSpeaksForIsACandidate() {
    Root form =
        new Root(
            X86Modes.twoLevel(true),
            crashedRoot,
            List.of(Evidence.of(Source.STRUCTURE, crashedRoot, "well-formed")));
    Machine machine = machine(Architecture.X86, form, List.of(form), Map.of(), List.of());
    assertThat(verdict(machine, Map.of()).root()).isEmpty();
    assertThat(log.warnings()).singleElement().asString().contains("candidate");
    Root named = form.with(Evidence.of(Source.CPU_REGISTER, -1, "CR3 of CPU 0"));
    assertThat(
            verdict(machine(Architecture.X86, named, List.of(named), Map.of(), List.of()), Map.of())
                .root())
        .contains(named);
  }

  private long root(long kernel, long physical) {
    TableBuilder tables = new TableBuilder(X86Form.longMode(4, 48), memory, frames);
    tables.map(kernel, physical, 12, CODE, Rights.KERNEL);
    memory.touch(physical, CODE);
    return tables.root();
  }

  private Machine verdict(long root, Map<Long, Long> kernels) {
    return verdict(machine(root, List.of(crashedRoot, runningRoot), kernels), kernels);
  }

  private Machine verdict(Machine machine, Map<Long, Long> kernels) {
    return verdicts(machine, kernels).getFirst();
  }

  private List<Machine> verdicts(Map<Long, Long> kernels, long cr3) {
    return verdicts(machine(runningRoot, List.of(crashedRoot, runningRoot), kernels, cr3), kernels);
  }

  private List<Machine> verdicts(Machine machine, Map<Long, Long> kernels) {
    KernelMap map = new KernelMap(machine.physical());
    return new SystemVerdict(
            machine, OtherSystem.of(machine, systems(kernels), map), map, log, false)
        .machines();
  }

  private Machine machine(long root, List<Long> roots, Map<Long, Long> kernels) {
    return machine(root, roots, kernels, root);
  }

  private Machine machine(long root, List<Long> roots, Map<Long, Long> kernels, long cr3) {
    Root own =
        known(root)
            .with(Evidence.of(Source.CPU_REGISTER, -1, "CR3 of CPU 0 is 0x%x".formatted(root)));
    List<Cpu> cpus =
        cr3 == 0
            ? List.of()
            : List.of(
                new Cpu(0, Architecture.X86_64, new Registers(Map.of(RegisterNames.CR3, cr3))));
    return machine(
        Architecture.X86_64,
        own,
        roots.stream().map(SystemVerdictTest::known).toList(),
        kernels,
        cpus);
  }

  private Machine machine(
      Architecture architecture,
      Root own,
      List<Root> roots,
      Map<Long, Long> kernels,
      List<Cpu> cpus) {
    return new Machine(
        Machine.HOST,
        Optional.empty(),
        architecture,
        memory.memory(),
        Optional.empty(),
        SecondLevel.NONE,
        Optional.of(own),
        roots,
        cpus,
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        new LazySystem(systems(kernels)));
  }

  private static Root known(long address) {
    return new Root(
        X86Modes.fourLevel(48),
        address,
        List.of(Evidence.of(Source.STRUCTURE, address, "well-formed")));
  }

  /** Systems that know kernels by where they are; the first root that maps one decides. */
  private GuestSystems systems(Map<Long, Long> kernels) {
    SystemSupport support =
        site -> {
          for (Root root : site.roots()) {
            for (Map.Entry<Long, Long> kernel : kernels.entrySet()) {
              if (maps(site.physical(), root, kernel.getKey(), kernel.getValue())) {
                return Optional.of(system(kernel.getKey(), kernel.getValue()));
              }
            }
          }
          return Optional.empty();
        };
    return GuestSystems.installed().with(support);
  }

  private static boolean maps(Memory physical, Root root, long base, long target) {
    long translation = new Walker(root.mode(), root.address(), physical).translate(base);
    return !Translation.isFault(translation) && Translation.address(translation) == target;
  }

  private GuestSystem system(long base, long physical) {
    SystemFacts facts =
        SystemFacts.builder("Linux", "6.1", base)
            .kernelPhysical(OptionalLong.of(physical))
            .root(
                ownRoots.containsKey(base)
                    ? OptionalLong.of(ownRoots.get(base))
                    : OptionalLong.empty())
            .build();
    return (GuestSystem)
        Proxy.newProxyInstance(
            SystemVerdictTest.class.getClassLoader(),
            new Class<?>[] {GuestSystem.class},
            (proxy, method, arguments) -> {
              if (method.getName().equals("facts")) {
                return facts;
              }
              if (method.getName().equals("crash")) {
                return base == crashed
                    ? Optional.of(new SeenCrash(base, "CPU 0 panicked"))
                    : Optional.empty();
              }
              return method.getReturnType() == List.class ? List.of() : null;
            });
  }
}
