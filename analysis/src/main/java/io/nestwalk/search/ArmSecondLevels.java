package io.nestwalk.search;

import static io.nestwalk.image.RegisterNames.VTCR_EL2;

import io.nestwalk.image.Cpu;
import io.nestwalk.image.Memory;
import io.nestwalk.image.Registers;
import io.nestwalk.machine.FrameMap;
import io.nestwalk.machine.SecondLevel;
import io.nestwalk.memory.Budget;
import io.nestwalk.memory.Layer;
import io.nestwalk.memory.TranslatedMemory;
import io.nestwalk.paging.ArmModes;
import io.nestwalk.paging.ArmModes.Granule;
import io.nestwalk.paging.ArmModes.OutputSize;
import io.nestwalk.paging.PagingMode;
import io.nestwalk.paging.Walker;
import io.nestwalk.roots.ArmControl;
import io.nestwalk.roots.CpuState;
import io.nestwalk.roots.Evidence;
import io.nestwalk.roots.Evidence.Source;
import io.nestwalk.roots.HierarchyExaminer;
import io.nestwalk.roots.RegisterClue;
import io.nestwalk.roots.RegisterClue.Kind;
import io.nestwalk.roots.RootFinder;
import io.nestwalk.roots.Shape;
import io.nestwalk.roots.StructuralRoot;
import io.nestwalk.roots.TopTables;
import io.nestwalk.roots.XenTables;
import io.nestwalk.system.HypervisorGuest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * The second level on AArch64: from VTTBR_EL2 and VTCR_EL2 where the dump has them, which name one
 * guest at most for each CPU, and from the form of tables.
 *
 * <p>A stage-2 root may be up to 16 tables side by side, which nothing in the tables says. VTCR_EL2
 * says how many belong together, or else the guest shows it: the right choice is the one under
 * which the guest's own tables make sense.
 */
final class ArmSecondLevels implements SecondLevelSearch {

  private static final int LAST_LEVEL = 3;
  private static final int MAX_CONCATENATED = 16;
  private static final int MAX_INPUT_BITS = 48;
  private static final long UNIT = 4096;

  private static final int VMID_SHIFT = 48;

  private final SearchContext context;
  private final Memory memory;
  private final List<Long> tables;
  private final List<Long> withBlocks;
  private final Set<Long> tableSet;
  private final RegisterClues clues;

  /** A search in one machine. */
  ArmSecondLevels(SearchContext context) {
    this.context = context;
    memory = context.memory();
    clues = context.clues();
    tables = context.sightings().tables();
    withBlocks = context.sightings().secondLevelTables();
    tableSet = new HashSet<>(tables);
    tableSet.addAll(withBlocks);
  }

  @Override
  public List<GuestCandidate> candidates() {
    List<GuestCandidate> candidates = new ArrayList<>();
    Set<Long> below = new HashSet<>();
    clues.of(Kind.STAGE2).forEach(agreeing -> addNamed(agreeing, candidates, below));
    List<PagingMode> modes = singleTables();
    Map<PagingMode, NavigableSet<Long>> pieces = pieces(modes, below);
    for (PagingMode mode : modes) {
      NavigableSet<Long> ofMode = pieces.getOrDefault(mode, new TreeSet<>());
      while (!ofMode.isEmpty()) {
        candidates.add(take(mode, ofMode));
      }
    }
    return firstDomainFirst(candidates);
  }

  /** Xen maps the memory of its first domain, which starts the others, to itself. */
  private List<GuestCandidate> firstDomainFirst(List<GuestCandidate> candidates) {
    List<GuestCandidate> ordered = new ArrayList<>();
    for (GuestCandidate candidate : candidates) {
      boolean first =
          candidate.isXens() && framesOf(candidate.mode(), candidate.root()).isMostlyIdentity();
      ordered.add(first ? 0 : ordered.size(), candidate);
    }
    return ordered;
  }

  /** A root that VTTBR_EL2 holds, in the form that VTCR_EL2 says. */
  private void addNamed(
      List<RegisterClue> agreeing, List<GuestCandidate> candidates, Set<Long> below) {
    RegisterClue clue = agreeing.getFirst();
    Registers registers = clue.cpu().registers();
    long control = registers.get(VTCR_EL2, 0);
    Optional<PagingMode> mode = ArmControl.stage2(control);
    if (mode.isEmpty()) {
      context.tried("%s, but vtcr_el2 is 0x%x: no form of tables".formatted(clue, control));
      return;
    }
    HierarchyExaminer examiner = new HierarchyExaminer(mode.get(), memory);
    long root = mode.get().rootOf(clue.value());
    Shape shape = examiner.examine(root);
    if (!shape.isPlausible()) {
      context.tried("%s: no %s tables there".formatted(clue, mode.get()));
      return;
    }
    for (long page = root; page < root + mode.get().rootBytes(); page += UNIT) {
      below.add(page);
    }
    below.addAll(examiner.tablesBelow(List.of(root)));
    if (candidates.stream().anyMatch(known -> known.root() == root)) {
      return;
    }
    GuestCandidate candidate = new GuestCandidate(SecondLevel.Kind.STAGE2, mode.get(), root);
    candidate.namedBy(clue.value());
    String how =
        ": VMID %d, vtcr_el2 0x%x%s"
            .formatted(
                clue.value() >>> VMID_SHIFT,
                control,
                clue.insideGuest() ? "" : "; stage 2 was off on this CPU");
    candidate.add(RegisterClues.evidence(agreeing, how));
    candidate.add(structure(mode.get(), root, shape));
    XenTables.evidence(mode.get(), root, memory).ifPresent(candidate::addXen);
    Memory inside = TranslatedMemory.of(memory, new Walker(mode.get(), root, memory));
    RootFinder finder = context.isa().finderIn(inside);
    if (agreeing.stream().anyMatch(same -> same.insideGuest() && runsIn(same.cpu(), finder))) {
      candidate.setControlled();
    }
    candidates.add(candidate);
  }

  /**
   * The root that the hypervisor's structure for a machine holds, in the form that its VTCR_EL2
   * says.
   *
   * @return empty when it holds none, or none with tables that map anything
   */
  @Override
  public Optional<GuestCandidate> namedBy(HypervisorGuest view) {
    if (view.root().isEmpty() || view.control().isEmpty()) {
      return Optional.empty();
    }
    long control = view.control().getAsLong();
    Optional<PagingMode> mode = ArmControl.stage2(control);
    if (mode.isEmpty()) {
      context.tried(
          "the hypervisor's structure at 0x%x has vtcr_el2 0x%x: no form of tables"
              .formatted(view.object(), control));
      return Optional.empty();
    }
    long root = mode.get().rootAt(view.root().getAsLong());
    Shape shape = new HierarchyExaminer(mode.get(), memory).examine(root);
    if (!shape.isPlausible()) {
      context.tried(
          "the hypervisor's structure at 0x%x names 0x%x: no %s tables there"
              .formatted(view.object(), view.root().getAsLong(), mode.get()));
      return Optional.empty();
    }
    GuestCandidate candidate = new GuestCandidate(SecondLevel.Kind.STAGE2, mode.get(), root);
    candidate.add(structure(mode.get(), root, shape));
    candidate.setControlled();
    return Optional.of(candidate);
  }

  private static boolean runsIn(Cpu cpu, RootFinder guest) {
    return !guest.rootsOf(CpuState.of(cpu)).isEmpty();
  }

  private static Evidence structure(PagingMode mode, long root, Shape shape) {
    return Evidence.of(
        Source.STRUCTURE,
        root,
        "well-formed %s tables, start level %d, %d concatenated: %s"
            .formatted(
                mode,
                LAST_LEVEL + 1 - mode.levels().size(),
                Math.max(1, mode.rootBytes() >>> mode.bottom().shift()),
                shape));
  }

  /** Every start level of every granule, with one whole table at it. */
  private static List<PagingMode> singleTables() {
    List<PagingMode> modes = new ArrayList<>();
    for (Granule granule : Granule.values()) {
      for (int start = 0; start <= 2; start++) {
        int bits = granule.shiftOf(start) + granule.shift() - 3;
        if (bits <= MAX_INPUT_BITS) {
          modes.add(ArmModes.stage2(granule, bits, start, OutputSize.BITS_48));
        }
      }
    }
    return modes;
  }

  /**
   * Tables that could be a root, or a part of one, by the mode under which they map most; below no
   * other. A table read with a smaller granule than its own, or as another level, maps less.
   */
  private Map<PagingMode, NavigableSet<Long>> pieces(List<PagingMode> modes, Set<Long> below) {
    List<Long> pages =
        Stream.concat(tables.stream(), withBlocks.stream())
            .filter(page -> !below.contains(page))
            .sorted()
            .toList();
    List<HierarchyExaminer> examiners =
        modes.stream().map(mode -> new HierarchyExaminer(mode, memory)).toList();
    int threads = context.finder().threads();
    IdentityHashMap<PagingMode, NavigableSet<Long>> pieces = new IdentityHashMap<>();
    for (TopTables.Top top : TopTables.among(pages, examiners, threads)) {
      pieces.computeIfAbsent(top.mode(), mode -> new TreeSet<>()).add(top.address());
    }
    return pieces;
  }

  /** Makes a root of the first piece and those beside it, and takes them out. */
  private GuestCandidate take(PagingMode single, NavigableSet<Long> pieces) {
    Granule granule = granuleOf(single);
    int start = LAST_LEVEL + 1 - single.levels().size();
    int bits = single.inputBits();
    long first = pieces.first();
    Optional<PagingMode> xens = xensMode(single, first);
    if (xens.isPresent()) {
      return taken(xens.get(), xens.get().rootAt(first), pieces);
    }
    // The form that the piece was found by, where a part of it is no table and not empty either.
    PagingMode best = single;
    long bestRoot = single.rootAt(first);
    int bestScore = -1;
    for (int count = 1; count <= MAX_CONCATENATED; count *= 2) {
      long size = (long) count << granule.shift();
      long root = first & -size;
      int inputBits = bits + Integer.numberOfTrailingZeros(count);
      if (inputBits > MAX_INPUT_BITS || !isRoot(root, size)) {
        continue;
      }
      PagingMode mode = ArmModes.stage2(granule, inputBits, start, OutputSize.BITS_48);
      int score = score(mode, root);
      if (score > bestScore) {
        bestScore = score;
        best = mode;
        bestRoot = root;
      }
    }
    return taken(best, bestRoot, pieces);
  }

  /**
   * The mode of Xen's tables, whose domains have one VTCR_EL2, where a register has that.
   *
   * @param single the mode of one whole table at their start level
   * @param piece one of the tables
   */
  private Optional<PagingMode> xensMode(PagingMode single, long piece) {
    if (XenTables.evidence(single, piece, memory).isEmpty()) {
      return Optional.empty();
    }
    return clues.of(Kind.STAGE2).stream()
        .map(agreeing -> agreeing.getFirst().cpu().registers().get(VTCR_EL2, 0))
        .flatMap(control -> ArmControl.stage2(control).stream())
        .filter(mode -> mode.levels().size() == single.levels().size())
        .filter(mode -> mode.bottom().shift() == single.bottom().shift())
        .filter(mode -> isRoot(mode.rootAt(piece), Math.max(UNIT, mode.rootBytes())))
        .findFirst();
  }

  private GuestCandidate taken(PagingMode best, long bestRoot, NavigableSet<Long> pieces) {
    pieces.subSet(bestRoot, bestRoot + Math.max(UNIT, best.rootBytes())).clear();
    GuestCandidate candidate = new GuestCandidate(SecondLevel.Kind.STAGE2, best, bestRoot);
    Shape shape = new HierarchyExaminer(best, memory).examine(bestRoot);
    candidate.add(structure(best, bestRoot, shape));
    XenTables.evidence(best, bestRoot, memory).ifPresent(candidate::addXen);
    return candidate;
  }

  private FrameMap framesOf(PagingMode mode, long root) {
    Layer layer = TranslatedMemory.of(memory, new Walker(mode, root, memory));
    return FrameMap.of(layer, Budget.forSpace(layer));
  }

  private static Granule granuleOf(PagingMode mode) {
    return Arrays.stream(Granule.values())
        .filter(granule -> granule.shift() == mode.bottom().shift())
        .findFirst()
        .orElseThrow();
  }

  /** Whether every page of a root is a table or empty. */
  private boolean isRoot(long root, long size) {
    for (long page = root; page < root + size; page += UNIT) {
      if (!tableSet.contains(page) && !isEmpty(page)) {
        return false;
      }
    }
    return true;
  }

  private boolean isEmpty(long page) {
    for (long offset = 0; offset < UNIT; offset += Long.BYTES) {
      if (memory.getLong(page + offset, -1) != 0) {
        return false;
      }
    }
    return true;
  }

  /** How many roots of the guest's own make sense when its memory is seen through this one. */
  private int score(PagingMode mode, long root) {
    Walker walker = new Walker(mode, root, memory);
    Memory guest = TranslatedMemory.of(memory, walker);
    Layer layer = TranslatedMemory.of(memory, walker);
    FrameMap frames = FrameMap.of(layer, Budget.forSpace(layer));
    List<Long> inside = new ArrayList<>();
    tables.forEach(table -> frames.guestOf(table).ifPresent(inside::add));
    List<StructuralRoot> found = context.finder().in(guest).byStructure(inside);
    Optional<StructuralRoot> kernel = found.stream().filter(StructuralRoot::kernelHalf).findFirst();
    return kernel.isPresent() ? found.size() : 0;
  }
}
