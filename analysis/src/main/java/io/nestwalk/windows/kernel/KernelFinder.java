package io.nestwalk.windows.kernel;

import io.nestwalk.image.Architecture;
import io.nestwalk.image.Memory;
import io.nestwalk.memory.TranslatedMemory;
import io.nestwalk.paging.Walker;
import io.nestwalk.system.Warnings;
import io.nestwalk.types.KernelKnowledge;
import io.nestwalk.types.KernelSymbols;
import io.nestwalk.types.PdbId;
import io.nestwalk.windows.layout.KnownBuild;
import io.nestwalk.windows.layout.KnownBuilds;
import io.nestwalk.windows.layout.Layout;
import io.nestwalk.windows.pe.PeImage;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * Proves that page tables are of a Windows: they map its kernel, which names a System process,
 * whose own tables map the same kernel.
 */
public final class KernelFinder {

  private static final String SYSTEM_PROCESS = "PsInitialSystemProcess";
  private static final String BUILD_NUMBER = "NtBuildNumber";
  private static final int BUILD_MASK = 0xffff;

  /** Variables of kernels take a few MiB, all of a kernel some 20. */
  private static final long MAX_VARIABLES = 64L << 20;

  private static final long OBJECT_ALIGNMENT = 7;
  private static final long KERNEL_32 = 0x8000_0000L;

  private final Memory physical;
  private final KnownBuilds builds;
  private final List<KernelKnowledge> knowledge;

  /**
   * Looks in one machine.
   *
   * @param physical its physical memory
   * @param builds whose structures are known
   * @param knowledge what symbol files tell
   */
  public KernelFinder(
      Memory physical, KnownBuilds builds, List<? extends KernelKnowledge> knowledge) {
    this.physical = physical;
    this.builds = builds;
    this.knowledge = List.copyOf(knowledge);
  }

  /**
   * A kernel with what it and its shared data tell of its build.
   *
   * @param kernel how it is read
   * @param build the number of the kernel's own build; 0 when nothing tells it
   * @param shared what it shows every process
   */
  public record Found(Kernel kernel, int build, SharedData shared) {}

  /** The kernel that {@code tables} map; empty when they map none that can be read. */
  public Optional<Found> find(Walker tables) {
    return find(tables, KernelSearch::find);
  }

  /**
   * The kernel that {@code tables} map, should the page of its headers be missing; takes longer.
   */
  public Optional<Found> findWithoutHeaders(Walker tables) {
    return find(tables, KernelSearch::findWithoutHeaders);
  }

  /** Finds the kernel's image under tables. */
  @FunctionalInterface
  private interface ImageSearch {
    Optional<KernelImage> find(Memory physical, Walker tables, TranslatedMemory memory);
  }

  private Optional<Found> find(Walker tables, ImageSearch search) {
    TranslatedMemory memory = TranslatedMemory.of(physical, tables);
    Optional<KernelImage> image = search.find(physical, tables, memory);
    if (image.isEmpty()) {
      return Optional.empty();
    }
    boolean wide = tables.mode().architecture() != Architecture.X86;
    long process = systemProcess(memory, image.get(), wide);
    if (process == 0) {
      return Optional.empty();
    }
    long root = SystemProcess.rootOf(memory, process, wide);
    Walker own = new Walker(tables.mode(), root, physical);
    if (own.root() == tables.root()) {
      return described(tables, memory, image.get(), process);
    }
    TranslatedMemory ownMemory = TranslatedMemory.of(physical, own);
    if (ownMemory.translate(process) != memory.translate(process)) {
      return Optional.empty();
    }
    return search
        .find(physical, own, ownMemory)
        .filter(same -> same.base() == image.get().base())
        .flatMap(same -> described(own, ownMemory, same, process));
  }

  /** What the kernel's export leads to; where that can't be read, any of its variables. */
  private static long systemProcess(Memory memory, KernelImage image, boolean wide) {
    OptionalLong variable = image.export(SYSTEM_PROCESS);
    if (variable.isPresent()) {
      long process = pointer(memory, variable.getAsLong(), wide);
      return new SystemProcess(memory, image, process).isPlausible() ? process : 0;
    }
    int step = wide ? Long.BYTES : Integer.BYTES;
    long budget = MAX_VARIABLES;
    for (PeImage.Section section : image.variables()) {
      for (long i = 0; i < section.size() && budget > 0; i += step, budget -= step) {
        long value = pointer(memory, section.address() + i, wide);
        if (value != 0
            && (value & OBJECT_ALIGNMENT) == 0
            && !image.contains(value)
            && (wide ? value < 0 : value >= KERNEL_32)
            && new SystemProcess(memory, image, value).isPlausible()) {
          return value;
        }
      }
    }
    return 0;
  }

  private static long pointer(Memory memory, long address, boolean wide) {
    return wide ? memory.getLong(address, 0) : memory.getInt(address, 0) & 0xffff_ffffL;
  }

  private Optional<Found> described(
      Walker tables, TranslatedMemory memory, KernelImage image, long process) {
    boolean wide = tables.mode().architecture() != Architecture.X86;
    Warnings warnings = new Warnings();
    SharedData shared = SharedData.read(memory, wide);
    if (shared.torn()) {
      warnings.add("the time in the shared data was being written: its halves differ");
    }
    int build = build(memory, image, shared);
    SystemProcess system = new SystemProcess(memory, image, process);
    Optional<KernelKnowledge> known = bySymbols(system, image, warnings);
    Layout layout;
    if (known.isPresent()) {
      layout =
          Layout.of(Layout.Basis.SYMBOLS, "types of " + known.get().source(), known.get().types());
    } else {
      Optional<Layout> proposed = proposed(system, image, build, tables.mode().architecture());
      if (proposed.isEmpty()) {
        return Optional.empty();
      }
      ProcessSamples samples =
          new ProcessSamples(physical, tables, memory, image, process, proposed.get());
      layout = new LayoutVerification(samples, shared.systemTime()).verified(proposed.get());
      note(layout, warnings);
    }
    KernelSymbols symbols =
        known
            .map(each -> (KernelSymbols) new LoadedSymbols(each.linkedSymbols(), image))
            .orElse(KernelSymbols.NONE);
    return Optional.of(
        new Found(
            new Kernel(physical, tables, memory, image, layout, symbols, process, warnings),
            build,
            shared));
  }

  private static void note(Layout layout, Warnings warnings) {
    for (String member : layout.deduced()) {
      if (layout.basis() == Layout.Basis.BUILD) {
        warnings.add(
            "%s does not stand where the %s have it: deduced from the processes"
                .formatted(member, layout.source()));
      }
    }
  }

  private static int build(Memory memory, KernelImage image, SharedData shared) {
    OptionalLong variable = image.export(BUILD_NUMBER);
    int own = variable.isPresent() ? memory.getInt(variable.getAsLong(), 0) & BUILD_MASK : 0;
    OptionalInt shown = shared.build();
    return own != 0 ? own : shown.orElse(0);
  }

  private Optional<KernelKnowledge> bySymbols(
      SystemProcess system, KernelImage image, Warnings warnings) {
    Optional<PdbId> pdb = image.pdb();
    for (KernelKnowledge each : knowledge) {
      if (pdb.isEmpty() || each.pdb().filter(pdb.get()::matches).isEmpty()) {
        continue;
      }
      if (system.isDescribedBy(each.types())) {
        return Optional.of(each);
      }
      warnings.add(
          "%s is for this kernel's %s, but does not describe its System process: not used"
              .formatted(each.source(), pdb.get()));
    }
    return Optional.empty();
  }

  /** What the likeliest build that describes the System process has; else what it itself shows. */
  private Optional<Layout> proposed(
      SystemProcess system, KernelImage image, int build, Architecture architecture) {
    List<KnownBuild> candidates = builds.candidates(architecture, build, image.pdb());
    List<KnownBuild> describing =
        candidates.stream().filter(each -> system.isDescribedBy(each.types())).toList();
    Optional<Layout> known =
        describing.stream()
            .filter(each -> system.hasNeighbour(each.types()))
            .findFirst()
            .map(KernelFinder::layoutOf);
    if (known.isPresent() || candidates.isEmpty()) {
      return known;
    }
    // Of a list that is torn at its head nothing more can be asked than number and name.
    return system
        .deduced(candidates.getFirst())
        .or(() -> describing.stream().findFirst().map(KernelFinder::layoutOf));
  }

  private static Layout layoutOf(KnownBuild build) {
    return Layout.of(Layout.Basis.BUILD, "offsets of build " + build, build.types());
  }
}
