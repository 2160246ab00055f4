package io.nestwalk.search;

import static io.nestwalk.image.RegisterNames.CR0;
import static io.nestwalk.image.RegisterNames.RIP;

import io.nestwalk.image.Cpu;
import io.nestwalk.image.Memory;
import io.nestwalk.image.Registers;
import io.nestwalk.machine.SecondLevel;
import io.nestwalk.memory.TranslatedMemory;
import io.nestwalk.paging.EptModes;
import io.nestwalk.paging.PagingMode;
import io.nestwalk.paging.Walker;
import io.nestwalk.paging.X86Modes;
import io.nestwalk.roots.CpuState;
import io.nestwalk.roots.EmptyEntries;
import io.nestwalk.roots.Eptp;
import io.nestwalk.roots.Evidence;
import io.nestwalk.roots.Evidence.Source;
import io.nestwalk.roots.HierarchyExaminer;
import io.nestwalk.roots.NestedModes;
import io.nestwalk.roots.RegisterClue;
import io.nestwalk.roots.RegisterClue.Kind;
import io.nestwalk.roots.Root;
import io.nestwalk.roots.RootFinder;
import io.nestwalk.roots.Shape;
import io.nestwalk.roots.StructuralRoot;
import io.nestwalk.roots.TopTables;
import io.nestwalk.roots.TopTables.Top;
import io.nestwalk.roots.Vmcb;
import io.nestwalk.roots.Vmcs;
import io.nestwalk.system.HypervisorGuest;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The second level on x86: EPT, nested tables and shadow tables, from VMCSes, from VMCBs, from
 * registers, and from the form of tables alone. What several sources know becomes one candidate.
 */
final class X86SecondLevels implements SecondLevelSearch {

  private static final long CR0_PG = 1L << 31;

  private final SearchContext context;
  private final Memory memory;
  private final RootFinder roots;
  private final RegisterClues clues;
  private final Map<Long, GuestCandidate> candidates = new LinkedHashMap<>();

  /** By the mode's name, which is cheaper to hash than the mode. */
  private final Map<String, HierarchyExaminer> examiners = new HashMap<>();

  /** A search in one machine. */
  X86SecondLevels(SearchContext context) {
    this.context = context;
    memory = context.memory();
    roots = context.finder();
    clues = context.clues();
  }

  @Override
  public List<GuestCandidate> candidates() {
    Sightings sightings = context.sightings();
    context.vmcses().forEach(this::addVmcs);
    sightings.vmcbs().stream()
        .filter(
            vmcb ->
                memory.isPresent(vmcb.ioPermissions())
                    || clues.naming(Kind.VMCB, vmcb.address()).isPresent())
        .forEach(this::addVmcb);
    clues.of(Kind.NESTED_CR3).forEach(this::addNestedRoot);
    clues.of(Kind.EPTP).forEach(this::addEptp);
    addEptTables(sightings.secondLevelTables());
    addNestedTables(context.structural());
    return List.copyOf(candidates.values());
  }

  /** Nothing: control structures and the form of tables name whatever a hypervisor could. */
  @Override
  public Optional<GuestCandidate> namedBy(HypervisorGuest view) {
    return Optional.empty();
  }

  private void addVmcs(Vmcs vmcs) {
    PagingMode mode = EptModes.of(Eptp.levels(vmcs.eptp()), X86Modes.SEARCHED_PHYSICAL_BITS);
    long address = vmcs.page().address();
    if (vmcs.page().shadow()) {
      context.tried("VMCS 0x%x is a shadow VMCS: no guest of its own".formatted(address));
      return;
    }
    if (roots.hasKernelHalf(Eptp.root(vmcs.eptp()))) {
      context.tried(
          "VMCS 0x%x: EPTP 0x%x names an operating system's tables"
              .formatted(address, vmcs.eptp()));
      return;
    }
    GuestCandidate guest = candidate(SecondLevel.Kind.EPT, mode, Eptp.root(vmcs.eptp()));
    guest.namedBy(vmcs.eptp());
    guest.add(
        Evidence.of(
            Source.VMCS,
            address,
            "VMCS 0x%x: EPTP 0x%x; %s".formatted(address, vmcs.eptp(), vmcs.layout())));
    clues.naming(Kind.VMCS, address).ifPresent(guest::add);
    guest.add(new VirtualCpu(address, "VMCS 0x%x".formatted(address), Source.VMCS, vmcs.guest()));
  }

  private void addVmcb(Vmcb vmcb) {
    long address = vmcb.address();
    String what = "VMCB 0x%x".formatted(address);
    if (!vmcb.nestedPaging()) {
      addShadow(vmcb, what);
      return;
    }
    Optional<Top> root =
        TopTables.best(vmcb.nestedCr3(), longNested())
            .filter(top -> !roots.hasKernelHalf(top.address()));
    if (root.isEmpty()) {
      context.tried("%s: no nested tables below nCR3 0x%x".formatted(what, vmcb.nestedCr3()));
      return;
    }
    GuestCandidate guest = candidate(SecondLevel.Kind.NPT, root.get().mode(), root.get().address());
    guest.namedBy(vmcb.nestedCr3());
    guest.add(
        Evidence.of(
            Source.VMCB,
            address,
            "%s: NP_ENABLE, nCR3 0x%x, ASID %d".formatted(what, vmcb.nestedCr3(), vmcb.asid())));
    clues.naming(Kind.VMCB, address).ifPresent(guest::add);
    guest.add(new VirtualCpu(address, what, Source.VMCB, vmcb.registers()));
  }

  /** A nested root that a register holds: no control structure is needed to know it. */
  private void addNestedRoot(List<RegisterClue> agreeing) {
    RegisterClue clue = agreeing.getFirst();
    addNamedRoot(
        SecondLevel.Kind.NPT,
        agreeing,
        TopTables.best(
            clue.value(),
            NestedModes.of(clue.cpu().registers()).stream().map(this::examiner).toList()));
  }

  private void addEptp(List<RegisterClue> agreeing) {
    long eptp = agreeing.getFirst().value();
    addNamedRoot(
        SecondLevel.Kind.EPT,
        agreeing,
        Eptp.hasForm(eptp)
            ? TopTables.best(Eptp.root(eptp), List.of(ept(Eptp.levels(eptp))))
            : Optional.empty());
  }

  private void addNamedRoot(
      SecondLevel.Kind kind, List<RegisterClue> agreeing, Optional<Top> tables) {
    RegisterClue clue = agreeing.getFirst();
    if (tables.isEmpty()) {
      context.tried("%s: no %s tables there".formatted(clue, kind));
      return;
    }
    Top root = tables.get();
    if (roots.hasKernelHalf(root.address())) {
      context.tried(clue + ": names an operating system's tables");
      return;
    }
    GuestCandidate guest = candidate(kind, root.mode(), root.address());
    guest.namedBy(clue.value());
    guest.add(RegisterClues.evidence(agreeing, ""));
    Memory inside = TranslatedMemory.of(memory, new Walker(root.mode(), root.address(), memory));
    if (agreeing.stream().anyMatch(same -> same.insideGuest() && runsIn(same.cpu(), inside))) {
      guest.setControlled();
    }
  }

  /**
   * Whether a CPU's instruction is in a guest's memory, by the guest's own tables if it has any.
   */
  private boolean runsIn(Cpu cpu, Memory guest) {
    Registers registers = cpu.registers();
    if ((registers.get(CR0, 0) & CR0_PG) == 0) {
      return guest.isPresent(registers.get("cs_base", 0) + registers.get(RIP, 0));
    }
    return !Isa.of(cpu.architecture()).finderIn(guest).rootsOf(CpuState.of(cpu)).isEmpty();
  }

  private List<HierarchyExaminer> longNested() {
    return NestedModes.longModes().stream().map(this::examiner).toList();
  }

  private HierarchyExaminer ept(int depth) {
    return examiner(EptModes.of(depth, X86Modes.SEARCHED_PHYSICAL_BITS));
  }

  /** Without nested paging CR3 is the shadow root, which walks in the memory of the host itself. */
  private void addShadow(Vmcb vmcb, String what) {
    Optional<Root> root =
        roots.rootsOf(new CpuState(vmcb.registers(), Source.VMCB, vmcb.address(), what)).stream()
            .findFirst();
    if (root.isEmpty()) {
      context.tried(
          "%s: nested paging is off and CR3 0x%x is no shadow root".formatted(what, vmcb.cr3()));
      return;
    }
    GuestCandidate guest =
        candidate(SecondLevel.Kind.SHADOW, root.get().mode(), root.get().address());
    guest.namedBy(vmcb.cr3());
    root.get().evidence().stream()
        .filter(evidence -> evidence.source() != Source.STRUCTURE)
        .forEach(guest::add);
    clues.naming(Kind.VMCB, vmcb.address()).ifPresent(guest::add);
    guest.add(new VirtualCpu(vmcb.address(), what, Source.VMCB, vmcb.registers()));
  }

  /**
   * EPT roots among pages that could be upper EPT tables: those below no other. No guest has memory
   * where an operating system's tables have the kernel's half.
   */
  private void addEptTables(List<Long> tables) {
    for (Top top : TopTables.among(tables, List.of(ept(5), ept(4)), roots.threads())) {
      if (!candidates.containsKey(top.address()) && !roots.hasKernelHalf(top.address())) {
        candidate(SecondLevel.Kind.EPT, top.mode(), top.address());
      }
    }
  }

  /** Roots that have the form of AMD's nested tables and that nobody else is known to use. */
  private void addNestedTables(List<StructuralRoot> structural) {
    for (StructuralRoot found : structural) {
      long address = found.root().address();
      if (found.couldBeNested() && !candidates.containsKey(address)) {
        PagingMode mode =
            X86Modes.nestedLong(
                found.root().mode().levels().size(), X86Modes.SEARCHED_PHYSICAL_BITS);
        candidate(SecondLevel.Kind.NPT, mode, address);
      }
    }
  }

  /** The candidate for a root; a new one learns at once what its tables look like. */
  private GuestCandidate candidate(SecondLevel.Kind kind, PagingMode mode, long root) {
    GuestCandidate known = candidates.get(root);
    if (known == null) {
      known = new GuestCandidate(kind, mode, root);
      Shape shape = examiner(mode).examine(root);
      known.add(
          Evidence.of(Source.STRUCTURE, root, "well-formed %s tables: %s".formatted(mode, shape)));
      if (EmptyEntries.areSuppressed(root, memory)) {
        known.addHypervisor(
            "KVM",
            Evidence.of(
                Source.STRUCTURE,
                root,
                "empty entries hold bit 63 alone, as KVM's do since Linux 6.9"));
      }
      candidates.put(root, known);
    }
    return known;
  }

  private HierarchyExaminer examiner(PagingMode mode) {
    return examiners.computeIfAbsent(mode.name(), name -> new HierarchyExaminer(mode, memory));
  }
}
