package io.nestwalk.machine;

import io.nestwalk.image.Architecture;
import io.nestwalk.image.Cpu;
import io.nestwalk.paging.PagingMode;
import io.nestwalk.roots.Evidence;
import io.nestwalk.roots.Evidence.Source;
import io.nestwalk.roots.FirstStageModes;
import io.nestwalk.roots.HostSave;
import io.nestwalk.roots.RegisterClue.Kind;
import io.nestwalk.roots.Root;
import io.nestwalk.roots.RootFinder;
import io.nestwalk.roots.StructuralRoot;
import io.nestwalk.roots.Vmcs;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Which CPUs are one machine's own, and which roots their registers name.
 *
 * <p>The dump file's registers may be this machine's or a guest's, and nothing in the file says so;
 * a CPU is claimed when its root and its instruction make sense here.
 */
final class CpuClaims {

  private final String machine;
  private final Architecture architecture;
  private final RootFinder finder;
  private final List<StructuralRoot> structural;
  private final RegisterClues clues;
  private final SearchLog log;
  private final List<Cpu> cpus = new ArrayList<>();
  private final List<Root> roots = new ArrayList<>();
  private int inFile;

  CpuClaims(
      String machine,
      Architecture architecture,
      RootFinder finder,
      List<StructuralRoot> structural,
      RegisterClues clues,
      SearchLog log) {
    this.machine = machine;
    this.architecture = architecture;
    this.finder = finder;
    this.structural = structural;
    this.clues = clues;
    this.log = log;
  }

  /** The machine's CPUs, as far as they are known. */
  List<Cpu> cpus() {
    return cpus;
  }

  /** Roots that registers name, those of the dump file's CPUs first. */
  List<Root> roots() {
    return roots;
  }

  /**
   * Takes those CPUs of the dump file out of {@code unclaimed} whose registers make sense here.
   *
   * @param shadowRoots roots in this machine's memory that belong to a guest all the same
   * @param alone whether no guest is known whose CPUs these could be
   */
  void claim(List<Cpu> unclaimed, Set<Long> shadowRoots, boolean alone) {
    inFile = unclaimed.size();
    for (Cpu cpu : List.copyOf(unclaimed)) {
      String what = "CPU %d".formatted(cpu.id());
      List<Root> named =
          architecture == Architecture.AARCH64
              ? ofArm(cpu, what)
              : finder
                  .check(cpu.architecture(), cpu.registers(), Source.CPU_REGISTER, -1, what)
                  .stream()
                  .toList();
      if (named.isEmpty() && alone) {
        named = byStructure(cpu, what);
      }
      if (!named.isEmpty() && !shadowRoots.contains(named.getFirst().address())) {
        unclaimed.remove(cpu);
        cpus.add(cpu);
        roots.addAll(named);
      } else if (cpu.registers().get("cr3").isPresent()) {
        log.tried(
            machine,
            "%s's CR3 0x%x is no root here: %s"
                .formatted(
                    what,
                    cpu.registers().get("cr3", 0),
                    !named.isEmpty()
                        ? "it is a guest's shadow root"
                        : "it does not map the CPU's instruction"));
      }
    }
  }

  /**
   * The root that was found by structure and that a CPU's CR3 names, though it does not map the
   * CPU's instruction: that page is paged out, or the tables are the user's half of isolated ones.
   */
  private List<Root> byStructure(Cpu cpu, String what) {
    long cr3 = cpu.registers().get("cr3", 0);
    for (StructuralRoot found : structural) {
      Root root = found.root();
      if (cr3 != 0 && root.mode().rootOf(cr3) == root.address()) {
        Evidence evidence =
            Evidence.of(
                Source.CPU_REGISTER,
                -1,
                "CR3 of %s is 0x%x, though it does not map the CPU's instruction"
                    .formatted(what, cr3));
        return List.of(root.with(evidence));
      }
    }
    return List.of();
  }

  /** How many levels the tables have by CR4 of the CPUs, all of which are this machine's own. */
  Optional<PagingMode> longMode() {
    List<PagingMode> modes =
        cpus.stream()
            .filter(cpu -> cpu.registers().get("cr4").isPresent())
            .filter(cpu -> cpu.registers().get("cr3", 0) != 0)
            .flatMap(
                cpu ->
                    FirstStageModes.of(
                        cpu.architecture(), cpu.registers(), MachineScope.PHYSICAL_BITS)
                        .stream())
            .distinct()
            .toList();
    return architecture == Architecture.X86_64
            && modes.size() == 1
            && modes.getFirst().architecture() == Architecture.X86_64
        ? Optional.of(modes.getFirst())
        : Optional.empty();
  }

  /**
   * By the registers that name tables; where the dump lacks these, by what maps the CPU's state.
   */
  private List<Root> ofArm(Cpu cpu, String what) {
    List<Root> named = finder.named(cpu.registers(), Source.CPU_REGISTER, -1, what);
    if (!named.isEmpty()) {
      return named;
    }
    cpu.registers()
        .get("ttbr1_el1")
        .ifPresent(
            value ->
                log.tried(
                    machine,
                    "%s's TTBRs (ttbr1_el1 is 0x%x) name no roots here that map its instruction"
                        .formatted(what, value)));
    return finder.mapping(structural, cpu, what).stream().toList();
  }

  /** Takes CPUs that were stopped inside this machine, whose shadow root is in their CR3. */
  void claimShadowed(SecondLevel shadow, List<Cpu> unclaimed) {
    Root root = shadow.root().orElseThrow();
    for (Cpu cpu : List.copyOf(unclaimed)) {
      if (root.mode().rootOf(cpu.registers().get("cr3", 0)) == root.address()) {
        unclaimed.remove(cpu);
        cpus.add(cpu);
      }
    }
  }

  /**
   * Adds what the hypervisor below, host-save areas and the host state of VMCSes say of this
   * machine's CPUs. A CPU of the dump file that was claimed already is one of these, with younger
   * registers.
   */
  void fromControlStructures(
      List<VirtualCpu> virtualCpus, List<HostSave> hostSaves, List<Vmcs> vmcses) {
    List<VirtualCpu> told = new ArrayList<>(virtualCpus);
    for (HostSave save : hostSaves) {
      String what = "host-save area 0x%x".formatted(save.address());
      told.add(new VirtualCpu(save.address(), what, Source.HOST_SAVE, save.registers()));
    }
    for (Vmcs vmcs : vmcses) {
      long address = vmcs.page().address();
      String what = "VMCS 0x%x (host state)".formatted(address);
      told.add(new VirtualCpu(address, what, Source.VMCS, vmcs.host()));
    }
    clues.cpus().stream()
        .filter(cpu -> cpu.architecture() == Architecture.AARCH64 && !cpus.contains(cpu))
        .forEach(cpu -> roots.addAll(finder.ofArmHost(cpu, "CPU %d".formatted(cpu.id()))));
    // A guest's own VMCBs and VMCSes tell of the CPUs that its host knows already.
    int count = virtualCpus.isEmpty() ? inFile : virtualCpus.size();
    int limit = count > 0 ? count : told.size();
    int claimed = cpus.size();
    for (VirtualCpu cpu : told) {
      List<Root> named = rootsOf(cpu);
      if (named.isEmpty()) {
        cpu.registers()
            .get("cr3")
            .ifPresent(
                cr3 ->
                    log.tried(machine, "%s: CR3 0x%x is no root here".formatted(cpu.what(), cr3)));
        continue;
      }
      roots.addAll(named);
      if (claimed > 0) {
        claimed--;
      } else if (cpus.size() < limit) {
        cpus.add(new Cpu(cpus.size(), architecture, cpu.registers()));
      }
    }
  }

  private List<Root> rootsOf(VirtualCpu cpu) {
    if (architecture == Architecture.AARCH64) {
      return finder.named(cpu.registers(), cpu.source(), cpu.structure(), cpu.what());
    }
    Optional<Root> root =
        finder.check(architecture, cpu.registers(), cpu.source(), cpu.structure(), cpu.what());
    Optional<Evidence> naming =
        cpu.source() == Source.HOST_SAVE
            ? clues.naming(Kind.HOST_SAVE, cpu.structure())
            : Optional.empty();
    return root.map(known -> naming.map(known::with).orElse(known)).stream().toList();
  }
}
