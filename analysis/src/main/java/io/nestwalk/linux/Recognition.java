package io.nestwalk.linux;

import io.nestwalk.image.Architecture;
import io.nestwalk.image.Memory;
import io.nestwalk.linux.btf.Btf;
import io.nestwalk.linux.btf.BtfException;
import io.nestwalk.linux.btf.BtfHeader;
import io.nestwalk.linux.kallsyms.Kallsyms;
import io.nestwalk.linux.kallsyms.VmCoreInfo;
import io.nestwalk.linux.kernel.FilePaths;
import io.nestwalk.linux.kernel.Kernel;
import io.nestwalk.linux.kernel.KernelImage;
import io.nestwalk.linux.kernel.TaskFields;
import io.nestwalk.memory.TranslatedMemory;
import io.nestwalk.paging.Translation;
import io.nestwalk.paging.Walker;
import io.nestwalk.survey.MemoryNotes;
import io.nestwalk.system.GuestSystem;
import io.nestwalk.system.SystemFacts;
import io.nestwalk.system.Warnings;
import io.nestwalk.types.Field;
import io.nestwalk.types.KernelKnowledge;
import io.nestwalk.types.KernelSymbols;
import io.nestwalk.types.KernelTypes;
import io.nestwalk.types.MissingTypeException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Finds the kernel that a machine's page tables map. Only what these tables map where kernels lie
 * is looked at, so another kernel in the same image, be it of the same build, is not taken for it.
 */
final class Recognition {

  /**
   * Where x86-64 kernels are linked to run: CONFIG_PHYSICAL_START's default above the top 2 GiB.
   */
  private static final long X86_64_LINK_ADDRESS = 0xffff_ffff_8100_0000L;

  /** Where 32-bit x86 kernels are: CONFIG_PAGE_OFFSET's default and CONFIG_PHYSICAL_START's. */
  private static final long X86_LINK_ADDRESS = 0xc100_0000L;

  private static final long PAGE = 1 << 12;

  private final Memory physical;
  private final Walker tables;
  private final KernelImage image;
  private final TranslatedMemory memory;
  private final MemoryNotes notes;
  private final Warnings warnings = new Warnings();
  private final List<String> basis = new ArrayList<>();
  private final KnownKernels known;
  private final int pointerSize;

  private Recognition(
      Memory physical, Walker tables, KernelImage image, KnownKernels known, MemoryNotes notes) {
    this.physical = physical;
    this.tables = tables;
    this.image = image;
    this.known = known;
    this.notes = notes;
    pointerSize = tables.mode().architecture() == Architecture.X86 ? Integer.BYTES : Long.BYTES;
    memory = TranslatedMemory.of(physical, tables);
  }

  static Optional<GuestSystem> of(
      Memory physical, List<Walker> kernelTables, KnownKernels known, MemoryNotes notes) {
    for (Walker given : kernelTables) {
      for (Walker tables : withKernelHalf(given)) {
        Optional<GuestSystem> system =
            KernelImage.find(tables)
                .flatMap(
                    image -> new Recognition(physical, tables, image, known, notes).recognise());
        if (system.isPresent()) {
          return system;
        }
      }
    }
    return Optional.empty();
  }

  /** The user's half of isolated page tables maps little of the kernel; the other is below it. */
  private static List<Walker> withKernelHalf(Walker tables) {
    if (tables.mode().architecture() == Architecture.X86_64 && (tables.root() & PAGE) != 0) {
      return List.of(tables, new Walker(tables.mode(), tables.root() - PAGE, tables.tables()));
    }
    return List.of(tables);
  }

  private Optional<GuestSystem> recognise() {
    Findings findings = Findings.in(memory, image, notes, kernel());
    if (findings.banner().isEmpty()) {
      return Optional.empty();
    }
    // Types and symbols are megabytes each, and neither needs the other.
    try (Beside<Types> types = Beside.of(() -> Types.in(memory, findings))) {
      return recognise(findings, symbols(findings), types);
    }
  }

  private Optional<GuestSystem> recognise(
      Findings findings, KernelSymbols own, Beside<Types> types) {
    Optional<KernelKnowledge> knowledge = knowledge(findings, own);
    CombinedSymbols symbols =
        new CombinedSymbols(
            knowledge.flatMap(each -> completed(findings, own, each)).orElse(own),
            () -> CrashInfoSearch.in(memory, image, pointerSize));
    GuestSystem system = withTypes(findings, types.get(), symbols, knowledge).orElse(null);
    if (system == null) {
      basis.add(0, "structures deduced from the tasks themselves");
      system =
          Deduction.of(memory, tables, image, pointerSize)
              .map(layout -> deduced(findings, symbols, layout))
              .orElse(null);
    }
    if (system != null) {
      known.recognised(system.facts().banner().orElse(""));
    }
    return Optional.ofNullable(system);
  }

  /** The kernel by where it lies: by its virtual address alone a second one may be the same. */
  private String kernel() {
    return "the kernel at 0x%x in 0x%x".formatted(image.base(), physicalOf(image.base()).orElse(0));
  }

  /** The system whose structures the kernel itself tells; else those known from outside. */
  private Optional<GuestSystem> withTypes(
      Findings findings, Types own, CombinedSymbols symbols, Optional<KernelKnowledge> knowledge) {
    own.refused().forEach(warnings::add);
    if (own.types().isPresent()) {
      Btf types = own.types().get();
      String text = "%d types of the kernel's own BTF".formatted(types.typeCount());
      Optional<GuestSystem> system = withTypes(findings, symbols, types, text);
      if (system.isPresent()) {
        return system;
      }
    }
    return knowledge.flatMap(
        each -> withTypes(findings, symbols, each.types(), "types of " + each.source()));
  }

  private Optional<GuestSystem> withTypes(
      Findings findings, CombinedSymbols symbols, KernelTypes types, String text) {
    Kernel kernel = new Kernel(physical, tables, memory, types, symbols, warnings);
    try {
      OptionalLong initTask =
          InitTask.find(memory, image, types.struct("task_struct"), symbols.table());
      if (initTask.isPresent()) {
        basis.add(0, text);
        return Optional.of(described(findings, kernel, symbols, initTask.getAsLong()));
      }
    } catch (MissingTypeException e) {
      basis.remove(text);
      warnings.add(e.getMessage());
    }
    return Optional.empty();
  }

  /**
   * What is known of this kernel from outside: that which names its banner; one that names none
   * must lead to the first task.
   */
  private Optional<KernelKnowledge> knowledge(Findings findings, KernelSymbols own) {
    Fitting fitting = new Fitting(memory, image, findings, own);
    Optional<KernelKnowledge> fits =
        known.candidates(findings).stream()
            .filter(each -> each.banner().isPresent() || fitting.fit(each).isPresent())
            .findFirst();
    fits.ifPresent(known::fits);
    return fits;
  }

  private Optional<KernelSymbols> completed(
      Findings findings, KernelSymbols own, KernelKnowledge knowledge) {
    Optional<KernelSymbols> moved = new Fitting(memory, image, findings, own).fit(knowledge);
    if (moved.isEmpty()) {
      warnings.add(
          "the symbols of %s lead to no first task: not used".formatted(knowledge.source()));
      return Optional.empty();
    }
    basis.add("symbols completed from " + knowledge.source());
    return Optional.of(new CompletedSymbols(own, moved.get()));
  }

  /** The kernel's own symbols. */
  private KernelSymbols symbols(Findings findings) {
    Optional<Kallsyms> symbols = kallsyms(findings);
    if (symbols.isEmpty()) {
      warnings.add("no symbol table in the kernel's image");
      return KernelSymbols.NONE;
    }
    basis.add("%d symbols of the kernel's own kallsyms".formatted(symbols.get().size()));
    return symbols.get();
  }

  /** Where they are remembered to be, or else around what looks like their tokens. */
  private Optional<Kallsyms> kallsyms(Findings findings) {
    String what = "symbols of " + kernel();
    Optional<Kallsyms> known =
        notes.recall(what).flatMap(places -> Kallsyms.again(memory, places, pointerSize));
    if (known.isPresent()) {
      return known;
    }
    Optional<Kallsyms> found =
        findings.digits().stream()
            .flatMap(digits -> Kallsyms.locate(memory, digits, pointerSize).stream())
            .findFirst();
    found.ifPresent(symbols -> notes.keep(what, symbols.places()));
    return found;
  }

  private GuestSystem described(
      Findings findings, Kernel kernel, CombinedSymbols symbols, long initTask) {
    TaskFields taskFields = new TaskFields(kernel.types());
    Field pgd = kernel.types().field("mm_struct", "pgd");
    AddressSpaces spaces = new AddressSpaces(kernel, pgd);
    Optional<Timekeeping> clocks = Timekeeping.find(kernel, image);
    String banner = banner(findings, symbols.table());
    OptionalLong root = root(symbols, pgd);
    SystemFacts facts =
        facts(
            banner,
            symbols,
            initTask,
            kernel.pointer(taskFields.tasks.at(initTask)),
            root,
            LinuxSystem.hostName(kernel, initTask),
            clocks);
    return new LinuxSystem(kernel, image, facts, taskFields, spaces, new FilePaths(kernel));
  }

  private GuestSystem deduced(Findings findings, CombinedSymbols symbols, Deduction layout) {
    long next = layout.initTask() + layout.tasks();
    SystemFacts facts =
        facts(
            banner(findings, symbols.table()),
            symbols,
            layout.initTask(),
            pointerSize == Long.BYTES
                ? memory.getLong(next, 0)
                : memory.getInt(next, 0) & 0xffff_ffffL,
            OptionalLong.empty(),
            Optional.empty(),
            Optional.empty());
    KernelSymbols known =
        symbols.table().equals(KernelSymbols.NONE)
            ? KernelSymbols.NONE
            : new AllSymbols(symbols, image, Optional.empty());
    return new DeducedSystem(
        physical, tables, memory, pointerSize, facts, layout, warnings, symbols, known);
  }

  private SystemFacts facts(
      String banner,
      CombinedSymbols symbols,
      long initTask,
      long firstTask,
      OptionalLong root,
      Optional<String> hostName,
      Optional<Timekeeping> clocks) {
    long base = symbols.table().address("_text").orElse(image.base());
    return SystemFacts.builder("Linux", version(banner), base)
        .banner(banner.isEmpty() ? Optional.empty() : Optional.of(banner))
        .kernelPhysical(physicalOf(base))
        .kaslrSlide(slide(base, symbols))
        .linearMap(linearMap(firstTask))
        .root(root)
        .object(initTask)
        .hostName(hostName)
        .bootTime(clocks.map(Timekeeping::bootTime))
        .uptime(clocks.map(Timekeeping::uptime))
        .basis(basis)
        .build();
  }

  private OptionalLong slide(long base, CombinedSymbols symbols) {
    return switch (tables.mode().architecture()) {
      case X86_64 -> OptionalLong.of(base - X86_64_LINK_ADDRESS);
      case X86 -> OptionalLong.of(base - X86_LINK_ADDRESS);
      case AARCH64, RISCV64 ->
          symbols.crashInfo().map(VmCoreInfo::kernelOffset).orElse(OptionalLong.empty());
    };
  }

  private OptionalLong physicalOf(long address) {
    long translation = tables.translate(address);
    return Translation.isFault(translation)
        ? OptionalLong.empty()
        : OptionalLong.of(Translation.address(translation));
  }

  /** The banner by its symbol; without, the first that looks like one. */
  private static String banner(Findings findings, KernelSymbols symbols) {
    OptionalLong symbol = symbols.address("linux_banner");
    return (symbol.isPresent() ? findings.bannerAt(symbol.getAsLong()) : Optional.<String>empty())
        .or(findings::banner)
        .orElse("");
  }

  /**
   * The kernel's own root: that of {@code init_mm}, or the table that ARM64 has no other name for.
   */
  private OptionalLong root(CombinedSymbols symbols, Field pgd) {
    OptionalLong mm = symbols.table().address("init_mm");
    if (mm.isPresent()) {
      return physicalOf(memory.getLong(pgd.at(mm.getAsLong()), 0));
    }
    OptionalLong table = symbols.address("swapper_pg_dir");
    return table.isPresent() ? physicalOf(table.getAsLong()) : table;
  }

  /** Tasks are allocated from the linear map: its address less the physical one. */
  private OptionalLong linearMap(long task) {
    OptionalLong target = physicalOf(task);
    return target.isPresent() ? OptionalLong.of(task - target.getAsLong()) : target;
  }

  /** The third word of the banner. */
  static String version(String banner) {
    String[] words = banner.split(" ", 4);
    return words.length > 2 ? words[2] : "";
  }

  /**
   * The kernel's own types.
   *
   * @param types of the headers in its image the one with the most
   * @param refused what of them could not be read, a line each
   */
  private record Types(Optional<Btf> types, List<String> refused) {

    static Types in(Memory memory, Findings findings) {
      List<BtfHeader> headers = new ArrayList<>(findings.types());
      headers.sort(Comparator.comparingInt(BtfHeader::typesLength).reversed());
      List<String> refused = new ArrayList<>();
      for (BtfHeader header : headers) {
        try {
          return new Types(Optional.of(Btf.read(memory, header)), refused);
        } catch (BtfException e) {
          refused.add("types at 0x%x: %s".formatted(header.address(), e.getMessage()));
        }
      }
      return new Types(Optional.empty(), refused);
    }
  }
}
