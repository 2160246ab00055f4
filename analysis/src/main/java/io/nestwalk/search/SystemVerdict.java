package io.nestwalk.search;

import static io.nestwalk.image.RegisterNames.CR3;

import io.nestwalk.image.Advice;
import io.nestwalk.image.Cpu;
import io.nestwalk.image.ImageOption;
import io.nestwalk.machine.Machine;
import io.nestwalk.machine.MachineState;
import io.nestwalk.roots.Evidence;
import io.nestwalk.roots.Evidence.Source;
import io.nestwalk.roots.FirstStage;
import io.nestwalk.roots.Root;
import io.nestwalk.system.GuestSystem;
import io.nestwalk.system.SeenCrash;
import io.nestwalk.system.SystemFacts;
import io.nestwalk.wording.Count;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * What the operating system that was recognised in a machine says of the machine's roots: it
 * confirms the one that maps its kernel, and speaks against one that maps another kernel. Two
 * kernels are in one memory after kexec: the one that crashed, and the one that came after it.
 */
final class SystemVerdict {

  private final Machine machine;
  private final List<OtherSystem> others;
  private final KernelMap kernels;
  private final SearchLog log;
  private final boolean shadowed;

  /**
   * A verdict.
   *
   * @param others the systems that share the machine's memory with its own
   * @param kernels which kernel roots of the machine's memory map
   * @param shadowed whether shadow tables of guests map their kernels in this machine's memory, so
   *     that a root that maps another kernel says nothing
   */
  SystemVerdict(
      Machine machine,
      List<OtherSystem> others,
      KernelMap kernels,
      SearchLog log,
      boolean shadowed) {
    this.kernels = kernels;
    this.shadowed = shadowed;
    this.machine = machine;
    this.others = List.copyOf(others);
    this.log = log;
  }

  /**
   * The machine with what its system says of its root, then one for each other system in its
   * memory.
   */
  List<Machine> machines() {
    Optional<SystemFacts> facts = machine.system().map(GuestSystem::facts);
    if (facts.isEmpty()) {
      return List.of(withoutFormAlone());
    }
    unknownKernels(facts.get());
    Machine judged =
        machine.root().isEmpty()
            ? machine
            : machine.withRoot(Optional.of(judged(machine.root().get(), facts.get())));
    return others.isEmpty() ? List.of(judged) : apart(judged);
  }

  /** Each system on its own roots, with what says that it runs or does not. */
  private List<Machine> apart(Machine own) {
    List<Machine> all = new ArrayList<>();
    all.add(
        own.with(
            own.root(),
            own.roots().stream()
                .filter(root -> others.stream().noneMatch(o -> o.has(root)))
                .toList(),
            own.cpus().stream()
                .filter(cpu -> others.stream().noneMatch(o -> isOn(cpu, o)))
                .toList()));
    for (OtherSystem other : others) {
      all.add(
          own.beside(
              "%s-%d".formatted(own.id(), all.size() + 1),
              other.system(),
              other.roots(),
              own.cpus().stream().filter(cpu -> isOn(cpu, other)).toList()));
    }
    // What the machine below says of one that does not run holds for each system in it.
    Optional<MachineState> below =
        own.state().filter(state -> state.kind() != MachineState.Kind.RUNNING);
    boolean anyCpu = all.stream().anyMatch(each -> !each.cpus().isEmpty());
    List<Machine> known = new ArrayList<>();
    for (Machine each : all) {
      known.add(below.or(() -> stateOf(each, all, anyCpu)).map(each::in).orElse(each));
    }
    report(known);
    return known;
  }

  private static boolean isOn(Cpu cpu, OtherSystem other) {
    long cr3 = cpu.registers().get(CR3, 0);
    return other.roots().stream().anyMatch(root -> root.mode().rootOf(cr3) == root.address());
  }

  private static Optional<MachineState> stateOf(Machine each, List<Machine> all, boolean anyCpu) {
    if (!each.cpus().isEmpty()) {
      Cpu cpu = each.cpus().getFirst();
      return Optional.of(
          MachineState.running(
              Evidence.of(
                  Source.CPU_REGISTER,
                  -1,
                  "CPU %d is on its tables: CR3 is 0x%x"
                      .formatted(cpu.id(), cpu.registers().get(CR3, 0)))));
    }
    Optional<SeenCrash> crash = crashOf(each);
    if (crash.isPresent()) {
      return Optional.of(
          MachineState.crashed(
              Evidence.of(Source.CONTENT, crash.get().address(), crash.get().text())));
    }
    if (anyCpu) {
      return Optional.of(
          MachineState.stopped(
              Evidence.of(Source.CPU_REGISTER, -1, "the CPUs are on another kernel's tables")));
    }
    boolean othersCrashed =
        all.stream()
            .filter(other -> !other.id().equals(each.id()))
            .allMatch(other -> crashOf(other).isPresent());
    return othersCrashed
        ? Optional.of(
            MachineState.running(
                Evidence.of(
                    Source.CONTENT, -1, "every other system in the same memory has crashed")))
        : Optional.empty();
  }

  private static Optional<SeenCrash> crashOf(Machine machine) {
    return machine.system().flatMap(GuestSystem::crash);
  }

  private void report(List<Machine> known) {
    log.warn(
        "%s: %d kernels are in one memory, as after kexec, each a machine of its own here: %s"
            .formatted(
                machine.id(),
                known.size(),
                known.stream()
                    .map(
                        each ->
                            "%s at 0x%x is %s"
                                .formatted(
                                    each.state()
                                        .map(state -> "the " + state.kind() + " one")
                                        .orElse("one"),
                                    each.system().orElseThrow().facts().kernelBase(),
                                    each.id()))
                    .collect(Collectors.joining(", "))));
  }

  /**
   * The machine without a root of which nothing speaks but a weak form: neither registers nor a
   * system that is recognised.
   */
  private Machine withoutFormAlone() {
    if (!FirstStage.of(machine.architecture()).isFormWeak()
        || machine.root().isEmpty()
        || machine.root().get().evidence().stream()
            .anyMatch(evidence -> evidence.source() != Source.STRUCTURE)) {
      return machine;
    }
    Root root = machine.root().get();
    log.advise(
        Advice.of(
            ImageOption.ROOT,
            root.address(),
            ("%s: 0x%x has the form of a root of %s, but nothing else speaks for it: a candidate"
                    + " only, to be named as the root")
                .formatted(machine.id(), root.address(), root.mode())));
    return machine.withRoot(Optional.empty());
  }

  private Root judged(Root root, SystemFacts facts) {
    String kernel = "the kernel of %s %s".formatted(facts.name(), facts.version());
    if (machine.space(root.mode(), root.address()).isPresent(facts.kernelBase())) {
      return root.isConfirmed()
          ? root
          : root.with(Evidence.of(Source.CONTENT, facts.kernelBase(), "maps " + kernel));
    }
    if (isOfAnother(root, facts)) {
      log.warn(
          ("%s: root 0x%x maps another kernel than that of %s %s at 0x%x, whose processes are"
                  + " listed")
              .formatted(
                  machine.id(), root.address(), facts.name(), facts.version(), facts.kernelBase()));
      return root.with(
          Evidence.against(
              Source.CONTENT, facts.kernelBase(), "maps another kernel and not " + kernel));
    }
    return root;
  }

  /** Says that another kernel, which no support recognises, has tables in this memory. */
  private void unknownKernels(SystemFacts facts) {
    List<Root> unknown =
        machine.roots().stream()
            .filter(root -> others.stream().noneMatch(other -> other.has(root)))
            .filter(root -> isOfAnother(root, facts))
            .toList();
    if (unknown.isEmpty()) {
      return;
    }
    log.advise(
        Advice.of(
            ImageOption.ROOT,
            unknown.getFirst().address(),
            ("%s: two kernels are in this memory, as after kexec: %s, 0x%x first, not mapping"
                    + " the kernel at 0x%x whose processes are listed but another one's code; a"
                    + " root that is named shows their memory")
                .formatted(
                    machine.id(),
                    Count.of(unknown.size(), "root"),
                    unknown.getFirst().address(),
                    facts.kernelBase())));
  }

  private boolean isOfAnother(Root root, SystemFacts facts) {
    return !shadowed && kernels.hasAnother(root, facts);
  }
}
