package io.nestwalk.roots;

import io.nestwalk.image.Architecture;
import io.nestwalk.image.Memory;
import io.nestwalk.paging.PagingMode;
import io.nestwalk.paging.Translation;
import io.nestwalk.paging.Walker;
import io.nestwalk.roots.Evidence.Source;
import io.nestwalk.wording.Count;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Finds and checks the first-stage roots of one machine in its physical memory, which for a guest
 * is a layer. Asked by one thread; some questions are answered by several.
 */
public final class RootFinder {

  private final Memory memory;
  private final Architecture architecture;
  private final int threads;
  private final int mostReads;
  private final FirstStage stage;
  private final EmptyEntries empty;

  /** By the mode's name: a mode as a key would be hashed with all its levels for every table. */
  private final Map<String, HierarchyExaminer> examiners = new HashMap<>();

  /** A finder in a machine's physical memory, on one thread. */
  public RootFinder(Memory memory, Architecture architecture) {
    this(memory, architecture, 1);
  }

  /**
   * A finder in a machine's physical memory.
   *
   * @param threads how many threads may search all of it, at least 1
   */
  public RootFinder(Memory memory, Architecture architecture, int threads) {
    this(memory, architecture, threads, HierarchyExaminer.MAX_READS);
  }

  /**
   * A finder in a machine's physical memory.
   *
   * @param threads how many threads may search all of it, at least 1
   * @param mostReads how many tables may be read for each mode
   */
  RootFinder(Memory memory, Architecture architecture, int threads, int mostReads) {
    this.memory = memory;
    this.architecture = architecture;
    this.threads = threads;
    this.mostReads = mostReads;
    stage = FirstStage.of(architecture);
    empty = EmptyEntries.of(stage.commonest());
  }

  /** The machine's architecture. */
  public Architecture architecture() {
    return architecture;
  }

  /** How many threads may search all of its memory. */
  public int threads() {
    return threads;
  }

  /** A finder like this one in another machine's physical memory. */
  public RootFinder in(Memory other) {
    return new RootFinder(other, architecture, threads, mostReads);
  }

  /** What hangs below {@code root} in this machine, taken for tables of {@code mode}. */
  public Shape examine(PagingMode mode, long root) {
    return examiner(mode).examine(root);
  }

  /**
   * The tables that well-formed entries below roots of one mode name and that this machine's memory
   * does not hold.
   */
  public Set<Long> tablesMissingBelow(PagingMode mode, Collection<Long> roots) {
    return examiner(mode).tablesMissingBelow(roots);
  }

  HierarchyExaminer examiner(PagingMode mode) {
    return examiners.computeIfAbsent(
        mode.name(), name -> new HierarchyExaminer(mode, memory, mostReads));
  }

  /**
   * The roots of this machine that the registers of a CPU name.
   *
   * @return with their evidence; empty when they name none
   */
  public List<Root> rootsOf(CpuState cpu) {
    return stage.rootsOf(cpu, this);
  }

  /**
   * The roots among pages that could be upper tables.
   *
   * <p>A root is below no other root. Roots with a kernel half come first, those of the largest
   * family of roots that share one in front, and of these the one without a user half, which is the
   * kernel's own.
   *
   * @param tables addresses in this machine of pages that {@link TableDetector} let pass
   */
  public List<StructuralRoot> byStructure(Collection<Long> tables) {
    return byStructure(tables, RememberedRoots.NONE);
  }

  /**
   * The roots among pages that could be upper tables, as above.
   *
   * @param remembered what an earlier search of this memory found
   */
  public List<StructuralRoot> byStructure(Collection<Long> tables, RememberedRoots remembered) {
    List<Candidate> roots = new ArrayList<>();
    List<TopTables.Top> tops =
        remembered.or(tables, stage.modes(), () -> tops(tables), () -> !isCutOff());
    for (TopTables.Top top : tops) {
      examiner(top.mode()).learn(top.address(), top.shape());
      Halves halves = stage.halves(top.mode(), top.address(), memory);
      roots.add(new Candidate(top.address(), top.shape(), halves));
    }
    Map<Integer, Integer> families = new HashMap<>();
    roots.forEach(root -> families.merge(root.halves.family(), 1, Integer::sum));
    roots.sort(
        Comparator.comparing((Candidate root) -> root.halves.upper() == 0)
            .thenComparingInt(root -> -families.get(root.halves.family()))
            .thenComparing(root -> root.halves.lower() != 0)
            .thenComparingLong(root -> -root.shape.bytes())
            .thenComparingLong(root -> root.address));
    return roots.stream()
        .map(root -> root.found(families.get(root.halves.family()), stage.isFormWeak()))
        .toList();
  }

  /** Whether tables were left out, because memory has more of what looks like some than is read. */
  public boolean isCutOff() {
    return examiners.values().stream().anyMatch(HierarchyExaminer::isCutOff);
  }

  private List<TopTables.Top> tops(Collection<Long> tables) {
    List<HierarchyExaminer> modes = stage.modes().stream().map(this::examiner).toList();
    List<TopTables.Top> tops = TopTables.among(tables, modes, threads);
    List<Long> small = SmallRoots.naming(tops, tables, stage.modes(), memory);
    if (small.isEmpty()) {
      return tops;
    }
    List<Long> all = new ArrayList<>(tables);
    all.addAll(small);
    return TopTables.among(all, modes, threads);
  }

  /**
   * The mode of the tables at an address that somebody names as a root.
   *
   * @return the one under which they map most; empty when they are tables of none
   */
  public Optional<PagingMode> modeOf(long root) {
    return TopTables.best(
            root,
            stage.modes().stream()
                .filter(mode -> mode.rootAt(root) == root)
                .map(this::examiner)
                .toList())
        .map(TopTables.Top::mode);
  }

  /** Whether a root maps an address. */
  public boolean maps(Root root, long address) {
    return maps(root.mode(), root.address(), address);
  }

  /** Whether tables map an address. */
  boolean maps(PagingMode mode, long root, long address) {
    return !Translation.isFault(new Walker(mode, root, memory).translate(address));
  }

  /** Whether a long-mode root maps anything in the upper half of the address space. */
  public boolean hasKernelHalf(long root) {
    return hasAny(root, Halves.KERNEL_HALF, Halves.ENTRIES);
  }

  /** Whether a long-mode root maps anything in the lower half of the address space. */
  boolean hasUserHalf(long root) {
    return hasAny(root, 0, Halves.KERNEL_HALF);
  }

  /**
   * Whether two long-mode roots have one kernel's half: most of its entries name the same tables.
   */
  public boolean sharesKernelHalf(long root, long other) {
    if (architecture != Architecture.X86_64) {
      return false;
    }
    int used = 0;
    int same = 0;
    for (int i = Halves.KERNEL_HALF; i < Halves.ENTRIES; i++) {
      long entry = memory.getLong(root + (long) i * Long.BYTES, 0);
      if (!empty.contain(entry) && (entry & Halves.ADDRESS_BITS) != root) {
        long at = memory.getLong(other + (long) i * Long.BYTES, 0);
        used++;
        same +=
            (entry & Halves.ADDRESS_BITS) == (at & Halves.ADDRESS_BITS) && !empty.contain(at)
                ? 1
                : 0;
      }
    }
    return same > 0 && same * 2 >= used;
  }

  private boolean hasAny(long root, int from, int to) {
    for (int i = from; i < to; i++) {
      if (!empty.contain(memory.getLong(root + (long) i * Long.BYTES, 0))) {
        return true;
      }
    }
    return false;
  }

  private record Candidate(long address, Shape shape, Halves halves) {

    /**
     * The root with its evidence.
     *
     * @param familySize how many roots share its upper half
     * @param formOnly whether that is a matter of form as well
     */
    StructuralRoot found(int familySize, boolean formOnly) {
      List<Evidence> evidence = new ArrayList<>();
      evidence.add(Evidence.of(Source.STRUCTURE, address, "well-formed tables: " + shape));
      if (halves.upper() > 0 && familySize > 1) {
        evidence.add(
            Evidence.of(
                formOnly ? Source.STRUCTURE : Source.CONTENT,
                address,
                "shares its kernel half with " + Count.of(familySize - 1, "other root")));
      }
      return new StructuralRoot(
          new Root(halves.mode(), address, evidence),
          halves.lower() > 0,
          halves.upper() > 0,
          halves.user(),
          shape.bytes());
    }
  }
}
