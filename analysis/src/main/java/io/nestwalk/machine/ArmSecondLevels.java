package io.nestwalk.machine;

import io.nestwalk.image.Architecture;
import io.nestwalk.image.Memory;
import io.nestwalk.memory.TranslatedMemory;
import io.nestwalk.paging.ArmModes;
import io.nestwalk.paging.ArmModes.Granule;
import io.nestwalk.paging.ArmModes.OutputSize;
import io.nestwalk.paging.PagingMode;
import io.nestwalk.paging.Walker;
import io.nestwalk.roots.Evidence;
import io.nestwalk.roots.Evidence.Source;
import io.nestwalk.roots.HierarchyExaminer;
import io.nestwalk.roots.RootFinder;
import io.nestwalk.roots.StructuralRoot;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * The second level on AArch64, by the form of the tables: VTTBR_EL2 and VTCR_EL2 are in no dump
 * that is read here, and often stale where they are.
 *
 * <p>A stage-2 root may be up to 16 tables side by side, which nothing in the tables says. How many
 * belong together is told by the guest: the right choice is the one under which the guest's own
 * tables make sense.
 */
final class ArmSecondLevels implements SecondLevelSearch {

  private static final int MAX_CONCATENATED = 16;
  private static final int MAX_INPUT_BITS = 48;
  private static final long UNIT = 4096;

  private final Memory memory;
  private final List<Long> tables;
  private final Set<Long> tableSet;

  /**
   * A search.
   *
   * @param memory the physical memory of the machine
   * @param tables pages that could be upper tables
   */
  ArmSecondLevels(Memory memory, List<Long> tables) {
    this.memory = memory;
    this.tables = tables;
    tableSet = Set.copyOf(tables);
  }

  @Override
  public List<GuestCandidate> candidates() {
    List<GuestCandidate> candidates = new ArrayList<>();
    Set<Long> below = new HashSet<>();
    for (Granule granule : Granule.values()) {
      for (int start = 0; start <= 2; start++) {
        int bits = granule.shiftOf(start) + granule.shift() - 3;
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

  /** Tables that could be a root, or a part of one, at a start level; below no other. */
  private NavigableSet<Long> pieces(Granule granule, int start, int bits, Set<Long> below) {
    PagingMode single = ArmModes.stage2(granule, bits, start, OutputSize.BITS_48);
    HierarchyExaminer examiner = new HierarchyExaminer(single, memory);
    NavigableSet<Long> pieces = new TreeSet<>();
    for (long table : tables) {
      long address = table & -(1L << granule.shift());
      if (!below.contains(address) && examiner.examine(address).isPlausible()) {
        pieces.add(address);
      }
    }
    Set<Long> inner = examiner.tablesBelow(pieces);
    below.addAll(inner);
    below.addAll(pieces);
    pieces.removeAll(inner);
    return pieces;
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
    long tablesInRoot = best.rootBytes() >>> granule.shift();
    candidate.add(
        Evidence.of(
            Source.STRUCTURE,
            bestRoot,
            "well-formed %s tables, start level %d, %d concatenated: %s"
                .formatted(
                    best,
                    start,
                    tablesInRoot,
                    new HierarchyExaminer(best, memory).examine(bestRoot))));
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
    FrameMap frames = FrameMap.of(walker);
    List<Long> inside = new ArrayList<>();
    tables.forEach(table -> frames.guestOf(table).ifPresent(inside::add));
    List<StructuralRoot> found =
        new RootFinder(guest, Architecture.AARCH64, MachineScope.PHYSICAL_BITS).byStructure(inside);
    Optional<StructuralRoot> kernel = found.stream().filter(StructuralRoot::kernelHalf).findFirst();
    return kernel.isPresent() ? found.size() : 0;
  }
}
