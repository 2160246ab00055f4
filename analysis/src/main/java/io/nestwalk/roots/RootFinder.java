package io.nestwalk.roots;

import io.nestwalk.image.Architecture;
import io.nestwalk.image.Cpu;
import io.nestwalk.image.Memory;
import io.nestwalk.image.Registers;
import io.nestwalk.paging.InputRule;
import io.nestwalk.paging.PagingMode;
import io.nestwalk.paging.Permissions;
import io.nestwalk.paging.Translation;
import io.nestwalk.paging.Walker;
import io.nestwalk.roots.Evidence.Source;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Finds and checks the first-stage roots of one machine in its physical memory, which for a guest
 * is a layer. For one thread.
 */
public final class RootFinder {

  private static final int ENTRIES = 512;

  /** The upper half of a root's entries belongs to the kernel and is the same in every process. */
  private static final int KERNEL_HALF = ENTRIES / 2;

  /** What the processor or the kernel changes in an entry without meaning another table. */
  private static final long ADDRESS_BITS = 0x000f_ffff_ffff_f000L;

  private static final long USER = 1L << 2;

  /** Windows' kernel begins here, Linux' a GiB above. */
  private static final long FLAT_KERNEL = 0x8000_0000L;

  /** So many leaves tell whether a root is a kernel's or a process's. */
  private static final int LEAF_SAMPLE = 256;

  private final Memory memory;
  private final Architecture architecture;
  private final EmptyEntries empty;
  private final int physicalBits;

  /** By the mode's name: a mode as a key would be hashed with all its levels for every table. */
  private final Map<String, HierarchyExaminer> examiners = new HashMap<>();

  /** A finder in a machine's physical memory. */
  public RootFinder(Memory memory, Architecture architecture, int physicalBits) {
    this.memory = memory;
    this.architecture = architecture;
    empty = EmptyEntries.ofRoots(architecture);
    this.physicalBits = physicalBits;
  }

  /** The machine's architecture. */
  public Architecture architecture() {
    return architecture;
  }

  /** What hangs below {@code root} in this machine, taken for tables of {@code mode}. */
  public Shape examine(PagingMode mode, long root) {
    return examiner(mode).examine(root);
  }

  private HierarchyExaminer examiner(PagingMode mode) {
    return examiners.computeIfAbsent(mode.name(), name -> new HierarchyExaminer(mode, memory));
  }

  /**
   * Checks the CR3, on RISC-V the satp, of a processor: its tables must be well-formed and must map
   * the instruction that the processor was at.
   *
   * @param source where the registers come from
   * @param address of the structure that holds them, -1 for none
   * @param what how the user knows the registers: "CPU 0", "VMCB 0x1000"
   * @return the root with its evidence; empty when it is no root of this machine
   */
  public Optional<Root> check(
      Architecture architecture, Registers registers, Source source, long address, String what) {
    if (architecture == Architecture.RISCV64) {
      return ofSatp(registers, source, address, what);
    }
    if (registers.get("cr3").isEmpty()) {
      return Optional.empty();
    }
    long cr3 = registers.get("cr3", 0);
    long rip = registers.get("rip", 0);
    boolean mapsAnything = registers.get("rip").isEmpty();
    List<HierarchyExaminer> possible =
        FirstStageModes.of(architecture, registers, physicalBits).stream()
            .filter(
                mode ->
                    mapsAnything
                        || !Translation.isFault(new Walker(mode, cr3, memory).translate(rip)))
            .map(this::examiner)
            .toList();
    return TopTables.best(cr3, possible)
        .map(
            top ->
                new Root(
                    top.mode(),
                    top.address(),
                    List.of(
                        Evidence.of(source, address, "CR3 of %s is 0x%x".formatted(what, cr3)),
                        Evidence.of(
                            Source.STRUCTURE,
                            top.address(),
                            "well-formed tables: " + top.shape()))));
  }

  private Optional<Root> ofSatp(Registers registers, Source source, long address, String what) {
    long satp = registers.get("satp", 0);
    Optional<PagingMode> mode = RiscvControl.firstStage(satp);
    if (mode.isEmpty()) {
      return Optional.empty();
    }
    long root = RiscvControl.root(satp);
    Shape shape = examine(mode.get(), root);
    if (!shape.isPlausible()) {
      return Optional.empty();
    }
    Root found =
        new Root(
            mode.get(),
            root,
            List.of(
                Evidence.of(source, address, "satp of %s is 0x%x".formatted(what, satp)),
                Evidence.of(Source.STRUCTURE, root, "well-formed tables: " + shape)));
    return registers.get("pc").isEmpty() || maps(found, registers.get("pc", 0))
        ? Optional.of(found)
        : Optional.empty();
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
    List<HierarchyExaminer> modes =
        FirstStageModes.forStructure(architecture, physicalBits).stream()
            .map(this::examiner)
            .toList();
    List<Candidate> roots = new ArrayList<>();
    for (TopTables.Top top : tops(tables, modes)) {
      roots.add(candidate(top.mode(), top.address(), top.shape()));
    }
    Map<Integer, Integer> families = new HashMap<>();
    roots.forEach(root -> families.merge(root.family, 1, Integer::sum));
    roots.sort(
        Comparator.comparing((Candidate root) -> root.upper == 0)
            .thenComparingInt(root -> -families.get(root.family))
            .thenComparing(root -> root.lower != 0)
            .thenComparingLong(root -> -root.shape.bytes())
            .thenComparingLong(root -> root.address));
    return roots.stream().map(root -> root.found(families.get(root.family))).toList();
  }

  private List<TopTables.Top> tops(Collection<Long> tables, List<HierarchyExaminer> modes) {
    List<TopTables.Top> tops = TopTables.among(tables, modes);
    List<Long> small =
        SmallRoots.naming(
            tops, tables, modes.stream().map(HierarchyExaminer::mode).toList(), memory);
    if (small.isEmpty()) {
      return tops;
    }
    List<Long> all = new ArrayList<>(tables);
    all.addAll(small);
    return TopTables.among(all, modes);
  }

  /**
   * The mode of the tables at an address that somebody names as a root.
   *
   * @return the one under which they map most; empty when they are tables of none
   */
  public Optional<PagingMode> modeOf(long root) {
    return TopTables.best(
            root,
            FirstStageModes.forStructure(architecture, physicalBits).stream()
                .filter(mode -> mode.rootAt(root) == root)
                .map(this::examiner)
                .toList())
        .map(TopTables.Top::mode);
  }

  /**
   * The only root that maps both the instruction and the stack of a CPU whose table registers the
   * dump does not hold, as is so for AArch64's ELF cores.
   *
   * @param roots the machine's roots
   * @return empty when no root does, or several
   */
  public Optional<Root> mapping(List<StructuralRoot> roots, Cpu cpu, String what) {
    long pc = cpu.registers().get("pc", 0);
    long sp = cpu.registers().get("sp", 0);
    List<Root> matching =
        roots.stream()
            .map(StructuralRoot::root)
            .filter(root -> maps(root, pc) && maps(root, sp))
            .toList();
    if (matching.size() != 1) {
      return Optional.empty();
    }
    Evidence evidence =
        Evidence.of(
            Source.CPU_REGISTER,
            -1,
            "the only root that maps PC 0x%x and SP 0x%x of %s".formatted(pc, sp, what));
    return Optional.of(matching.getFirst().with(evidence));
  }

  /**
   * The roots that TTBR0 and TTBR1 of an AArch64 CPU name: well-formed tables, of which those of
   * the half that the CPU was in map its instruction.
   *
   * @param source where the registers come from
   * @param address of the structure that holds them, -1 for none
   * @param what how the user knows the CPU
   * @return those of the lower half first; empty when the registers name no roots of this machine
   */
  public List<Root> named(Registers registers, Source source, long address, String what) {
    List<Root> named = new ArrayList<>();
    boolean maps = registers.get("pc").isEmpty();
    long pc = registers.get("pc", 0);
    for (ArmTables tables : ArmTables.current(registers)) {
      Optional<Root> root = wellFormed(tables, Evidence.of(source, address, tables.describe(what)));
      maps |= root.isPresent() && tables.covers(pc) && maps(root.get(), pc);
      root.ifPresent(named::add);
    }
    return maps ? named : List.of();
  }

  /**
   * The roots of a host whose kernel runs in EL2, as its registers name them: they stay in place
   * while a guest runs.
   *
   * @param what how the user knows the CPU
   */
  public List<Root> ofArmHost(Cpu cpu, String what) {
    return ArmTables.hostInEl2(cpu.registers()).stream()
        .flatMap(
            tables ->
                wellFormed(tables, Evidence.of(Source.CPU_REGISTER, -1, tables.describe(what)))
                    .stream())
        .toList();
  }

  private Optional<Root> wellFormed(ArmTables tables, Evidence evidence) {
    Shape shape = examine(tables.mode(), tables.root());
    return shape.isPlausible()
        ? Optional.of(
            new Root(
                tables.mode(),
                tables.root(),
                List.of(
                    evidence,
                    Evidence.of(Source.STRUCTURE, tables.root(), "well-formed tables: " + shape))))
        : Optional.empty();
  }

  private boolean maps(Root root, long address) {
    return !Translation.isFault(new Walker(root.mode(), root.address(), memory).translate(address));
  }

  /** Whether a long-mode root maps anything in the upper half of the address space. */
  public boolean hasKernelHalf(long root) {
    return hasAny(root, KERNEL_HALF, ENTRIES);
  }

  /** Whether a long-mode root maps anything in the lower half of the address space. */
  boolean hasUserHalf(long root) {
    return hasAny(root, 0, KERNEL_HALF);
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
    for (int i = KERNEL_HALF; i < ENTRIES; i++) {
      long entry = memory.getLong(root + (long) i * Long.BYTES, 0);
      if (!empty.contain(entry) && (entry & ADDRESS_BITS) != root) {
        long at = memory.getLong(other + (long) i * Long.BYTES, 0);
        used++;
        same += (entry & ADDRESS_BITS) == (at & ADDRESS_BITS) && !empty.contain(at) ? 1 : 0;
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

  private Candidate candidate(PagingMode mode, long table, Shape shape) {
    if (architecture == Architecture.X86) {
      return flat(mode, table, shape);
    }
    return mode.input() == InputRule.SIGN_EXTENDED
        ? twoHalves(mode, table, shape)
        : oneHalf(mode, table, shape);
  }

  /** A root of 32-bit x86: what lies above and is not for user mode is the kernel's. */
  private Candidate flat(PagingMode mode, long table, Shape shape) {
    int[] counts = new int[2];
    int[] family = {1};
    Walker walker = new Walker(mode, table, memory);
    walker.forEachLeaf(
        0,
        FLAT_KERNEL - 1,
        (address, target, shift, permissions) -> {
          counts[0]++;
          return false;
        });
    walker.forEachLeaf(
        FLAT_KERNEL,
        0xffff_ffffL,
        (address, target, shift, permissions) -> {
          if ((permissions & Permissions.USER) == 0) {
            counts[1]++;
            family[0] = 31 * family[0] + Long.hashCode(target);
          }
          return counts[1] < LEAF_SAMPLE;
        });
    return new Candidate(mode, table, shape, counts[0], counts[1], family[0], false);
  }

  /** A root whose upper half is the kernel's. */
  private Candidate twoHalves(PagingMode mode, long table, Shape shape) {
    int lower = 0;
    int upper = 0;
    int family = 1;
    boolean user = true;
    for (int i = 0; i < ENTRIES; i++) {
      long entry = memory.getLong(table + (long) i * Long.BYTES, 0);
      boolean used = !empty.contain(entry);
      user &= !used || (entry & USER) != 0;
      if (i >= KERNEL_HALF) {
        family = 31 * family + (used ? Long.hashCode(entry & ADDRESS_BITS) : 0);
        upper += used ? 1 : 0;
      } else {
        lower += used ? 1 : 0;
      }
    }
    return new Candidate(mode, table, shape, lower, upper, family, user);
  }

  /**
   * A root of an architecture that keeps the kernel's half under a register of its own: what user
   * mode may use tells which of the two it is.
   */
  private Candidate oneHalf(PagingMode mode, long table, Shape shape) {
    int[] user = {0};
    int[] leaves = {0};
    new Walker(mode, table, memory)
        .forEachLeaf(
            (address, target, shift, permissions) -> {
              user[0] += (permissions & Permissions.USER) != 0 ? 1 : 0;
              return ++leaves[0] < LEAF_SAMPLE;
            });
    boolean kernel = user[0] * 2 < leaves[0];
    return new Candidate(
        kernel ? FirstStageModes.kernelHalf(mode) : mode,
        table,
        shape,
        kernel ? 0 : 1,
        kernel ? 1 : 0,
        kernel ? Long.hashCode(table) : 0,
        !kernel);
  }

  private record Candidate(
      PagingMode mode, long address, Shape shape, int lower, int upper, int family, boolean user) {

    StructuralRoot found(int familySize) {
      List<Evidence> evidence = new ArrayList<>();
      evidence.add(Evidence.of(Source.STRUCTURE, address, "well-formed tables: " + shape));
      if (upper > 0 && familySize > 1) {
        evidence.add(
            Evidence.of(
                // Of 32-bit tables no more than their form says so.
                mode.architecture() == Architecture.X86 ? Source.STRUCTURE : Source.CONTENT,
                address,
                "shares its kernel half with %d other roots".formatted(familySize - 1)));
      }
      return new StructuralRoot(
          new Root(mode, address, evidence), lower > 0, upper > 0, user, shape.bytes());
    }
  }
}
