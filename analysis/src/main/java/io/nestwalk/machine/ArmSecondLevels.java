package io.nestwalk.machine;

import io.nestwalk.image.Architecture;
import io.nestwalk.image.Cpu;
import io.nestwalk.image.Memory;
import io.nestwalk.image.Registers;
import io.nestwalk.memory.Budget;
import io.nestwalk.memory.Layer;
import io.nestwalk.memory.TranslatedMemory;
import io.nestwalk.paging.ArmModes;
import io.nestwalk.paging.ArmModes.Granule;
import io.nestwalk.paging.ArmModes.OutputSize;
import io.nestwalk.paging.PagingMode;
import io.nestwalk.paging.Walker;
import io.nestwalk.roots.ArmControl;
import io.nestwalk.roots.Evidence;
import io.nestwalk.roots.Evidence.Source;
import io.nestwalk.roots.HierarchyExaminer;
import io.nestwalk.roots.RegisterClue;
import io.nestwalk.roots.RegisterClue.Kind;
import io.nestwalk.roots.RootFinder;
import io.nestwalk.roots.Shape;
import io.nestwalk.roots.StructuralRoot;
import io.nestwalk.system.HypervisorGuest;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * The second level on AArch64: from VTTBR_EL2 and VTCR_EL2 where the dump has them, which tell of
 * one guest at most for each CPU, and from the form of tables.
 *
 * <p>A stage-2 root may be up to 16 tables side by side, which nothing in the tables says. How many
 * belong together is told by VTCR_EL2 or by the guest: the right choice is the one under which the
 * guest's own tables make sense.
 */
final class ArmSecondLevels implements SecondLevelSearch {

  private static final int LAST_LEVEL = 3;
  private static final int MAX_CONCATENATED = 16;
  private static final int MAX_INPUT_BITS = 48;
  private static final long UNIT = 4096;

  private static final int VMID_SHIFT = 48;

  private final String machine;
  private final Memory memory;
  private final List<Long> tables;
  private final List<Long> withBlocks;
  private final Set<Long> tableSet;
  private final RegisterClues clues;
  private final SearchLog log;

  /**
   * A search.
   *
   * @param machine the name of the machine that is searched
   * @param memory its physical memory
   * @param sightings pages that could be upper tables
   * @param clues what registers name in that memory
   */
  ArmSecondLevels(
      String machine, Memory memory, Sightings sightings, RegisterClues clues, SearchLog log) {
    this.machine = machine;
    this.memory = memory;
    this.clues = clues;
    this.log = log;
    tables = sightings.tables();
    withBlocks = sightings.secondLevelTables();
    tableSet = new HashSet<>(tables);
    tableSet.addAll(withBlocks);
  }

  @Override
  public List<GuestCandidate> candidates() {
    List<GuestCandidate> candidates = new ArrayList<>();
    Set<Long> below = new HashSet<>();
    clues.of(Kind.STAGE2).forEach(agreeing -> addNamed(agreeing, candidates, below));
    for (Granule granule : Granule.values()) {
      for (int start = 0; start <= 2; start++) {
        int bits = bitsOf(granule, start);
        if (bits <= MAX_INPUT_BITS) {
          NavigableSet<Long> pieces = pieces(granule, start, bits, below);
          while (!pieces.isEmpty()) {
            candidates.add(take(granule, start, bits, pieces));
          }
        }
      }
    }
    return candidates;
  }

  /** A root that VTTBR_EL2 holds, in the form that VTCR_EL2 says. */
  private void addNamed(
      List<RegisterClue> agreeing, List<GuestCandidate> candidates, Set<Long> below) {
    RegisterClue clue = agreeing.getFirst();
    Registers registers = clue.cpu().registers();
    long control = registers.get("vtcr_el2", 0);
    Optional<PagingMode> mode = ArmControl.stage2(control);
    if (mode.isEmpty()) {
      log.tried(machine, "%s, but vtcr_el2 is 0x%x: no form of tables".formatted(clue, control));
      return;
    }
    HierarchyExaminer examiner = new HierarchyExaminer(mode.get(), memory);
    long root = mode.get().rootOf(clue.value());
    Shape shape = examiner.examine(root);
    if (!shape.isPlausible()) {
      log.tried(machine, "%s: no %s tables there".formatted(clue, mode.get()));
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
    Memory inside = TranslatedMemory.of(memory, new Walker(mode.get(), root, memory));
    RootFinder finder = new RootFinder(inside, Architecture.AARCH64, MachineScope.PHYSICAL_BITS);
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
  Optional<GuestCandidate> namedBy(HypervisorGuest view) {
    if (view.root().isEmpty() || view.control().isEmpty()) {
      return Optional.empty();
    }
    long control = view.control().getAsLong();
    Optional<PagingMode> mode = ArmControl.stage2(control);
    if (mode.isEmpty()) {
      log.tried(
          machine,
          "the hypervisor's structure at 0x%x has vtcr_el2 0x%x: no form of tables"
              .formatted(view.object(), control));
      return Optional.empty();
    }
    long root = mode.get().rootOf(view.root().getAsLong());
    Shape shape = new HierarchyExaminer(mode.get(), memory).examine(root);
    if (!shape.isPlausible()) {
      log.tried(
          machine,
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
    return !guest.named(cpu.registers(), Source.CPU_REGISTER, -1, "CPU " + cpu.id()).isEmpty();
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

  /** Tables that could be a root, or a part of one, at a start level; below no other. */
  private NavigableSet<Long> pieces(Granule granule, int start, int bits, Set<Long> below) {
    HierarchyExaminer examiner = examiner(granule, start, bits);
    NavigableSet<Long> pieces = new TreeSet<>();
    addPieces(tables, examiner, granule, below, pieces);
    NavigableSet<Long> blocks = new TreeSet<>();
    addPieces(withBlocks, examiner, granule, below, blocks);
    // Blocks of a larger granule are aligned to more, so they pass for small ones that map less.
    for (Granule larger : Granule.values()) {
      int largerBits = bitsOf(larger, start);
      if (larger.compareTo(granule) > 0 && largerBits <= MAX_INPUT_BITS) {
        HierarchyExaminer other = examiner(larger, start, largerBits);
        blocks.removeIf(piece -> mapsMore(other, piece, examiner.examine(piece)));
      }
    }
    pieces.addAll(blocks);
    Set<Long> inner = examiner.tablesBelow(pieces);
    below.addAll(inner);
    below.addAll(pieces);
    pieces.removeAll(inner);
    return pieces;
  }

  private HierarchyExaminer examiner(Granule granule, int start, int bits) {
    return new HierarchyExaminer(ArmModes.stage2(granule, bits, start, OutputSize.BITS_48), memory);
  }

  private static int bitsOf(Granule granule, int start) {
    return granule.shiftOf(start) + granule.shift() - 3;
  }

  private static void addPieces(
      List<Long> pages,
      HierarchyExaminer examiner,
      Granule granule,
      Set<Long> below,
      NavigableSet<Long> pieces) {
    for (long page : pages) {
      long address = page & -(1L << granule.shift());
      if (!below.contains(address) && examiner.examine(address).isPlausible()) {
        pieces.add(address);
      }
    }
  }

  private static boolean mapsMore(HierarchyExaminer other, long piece, Shape shape) {
    Shape otherwise = other.examine(piece);
    return otherwise.isPlausible() && otherwise.bytes() > shape.bytes();
  }

  /** Makes a root of the first piece and those beside it, and takes them out. */
  private GuestCandidate take(Granule granule, int start, int bits, NavigableSet<Long> pieces) {
    long first = pieces.first();
    PagingMode best = null;
    long bestRoot = 0;
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
    pieces.subSet(bestRoot, bestRoot + best.rootBytes()).clear();
    GuestCandidate candidate = new GuestCandidate(SecondLevel.Kind.STAGE2, best, bestRoot);
    Shape shape = new HierarchyExaminer(best, memory).examine(bestRoot);
    candidate.add(structure(best, bestRoot, shape));
    return candidate;
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
    List<StructuralRoot> found =
        new RootFinder(guest, Architecture.AARCH64, MachineScope.PHYSICAL_BITS).byStructure(inside);
    Optional<StructuralRoot> kernel = found.stream().filter(StructuralRoot::kernelHalf).findFirst();
    return kernel.isPresent() ? found.size() : 0;
  }
}
