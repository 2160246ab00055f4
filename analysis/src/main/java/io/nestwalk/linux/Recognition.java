package io.nestwalk.linux;

import io.nestwalk.image.Architecture;
import io.nestwalk.image.Memory;
import io.nestwalk.linux.btf.Btf;
import io.nestwalk.linux.btf.BtfException;
import io.nestwalk.linux.btf.BtfHeader;
import io.nestwalk.linux.kallsyms.Kallsyms;
import io.nestwalk.linux.kallsyms.KernelSymbols;
import io.nestwalk.linux.types.Field;
import io.nestwalk.linux.types.MissingTypeException;
import io.nestwalk.machine.SystemFacts;
import io.nestwalk.memory.TranslatedMemory;
import io.nestwalk.paging.Walker;
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

  private static final long PAGE = 1 << 12;

  private final Memory physical;
  private final Walker tables;
  private final KernelImage image;
  private final TranslatedMemory memory;
  private final Warnings warnings = new Warnings();

  private Recognition(Memory physical, Walker tables, KernelImage image) {
    this.physical = physical;
    this.tables = tables;
    this.image = image;
    memory = TranslatedMemory.of(physical, tables);
  }

  static Optional<LinuxSystem> of(Memory physical, List<Walker> kernelTables) {
    for (Walker given : kernelTables) {
      for (Walker tables : withKernelHalf(given)) {
        Optional<LinuxSystem> system =
            KernelImage.find(tables)
                .flatMap(image -> new Recognition(physical, tables, image).recognise());
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

  private Optional<LinuxSystem> recognise() {
    Findings findings = Findings.in(memory, image);
    if (findings.banner().isEmpty()) {
      return Optional.empty();
    }
    Optional<Btf> types = types(findings);
    if (types.isEmpty()) {
      return Optional.empty();
    }
    KernelSymbols symbols = symbols(findings, types.get().pointerSize());
    try {
      OptionalLong initTask =
          InitTask.find(memory, image, types.get().struct("task_struct"), symbols);
      if (initTask.isEmpty()) {
        return Optional.empty();
      }
      return Optional.of(
          system(
              findings,
              new Kernel(physical, tables, memory, types.get(), symbols, warnings),
              initTask.getAsLong()));
    } catch (MissingTypeException e) {
      return Optional.empty();
    }
  }

  /** The kernel's own types: of the headers in its image the one with the most. */
  private Optional<Btf> types(Findings findings) {
    List<BtfHeader> headers = new ArrayList<>(findings.types());
    headers.sort(Comparator.comparingInt(BtfHeader::typesLength).reversed());
    for (BtfHeader header : headers) {
      try {
        return Optional.of(Btf.read(memory, header));
      } catch (BtfException e) {
        warnings.add("types at 0x%x: %s".formatted(header.address(), e.getMessage()));
      }
    }
    return Optional.empty();
  }

  private KernelSymbols symbols(Findings findings, int pointerSize) {
    for (long digits : findings.digits()) {
      Optional<Kallsyms> symbols = Kallsyms.locate(memory, digits, pointerSize);
      if (symbols.isPresent()) {
        return symbols.get();
      }
    }
    warnings.add("no symbol table in the kernel's image");
    return KernelSymbols.NONE;
  }

  private LinuxSystem system(Findings findings, Kernel kernel, long initTask) {
    TaskFields taskFields = new TaskFields(kernel.types());
    Field pgd = kernel.types().field("mm_struct", "pgd");
    AddressSpaces spaces = new AddressSpaces(kernel, pgd);
    Optional<Timekeeping> clocks = Timekeeping.find(kernel, image);
    String banner = banner(findings, kernel);
    long kernelBase = kernel.symbols().address("_text").orElse(image.base());
    OptionalLong root =
        kernel.symbols().address("init_mm").stream()
            .flatMap(init -> spaces.rootOf(init).stream())
            .findFirst();
    SystemFacts facts =
        new SystemFacts(
            "Linux",
            version(banner),
            banner,
            kernelBase,
            kernel.physicalOf(kernelBase),
            tables.mode().architecture() == Architecture.X86_64
                ? OptionalLong.of(kernelBase - X86_64_LINK_ADDRESS)
                : OptionalLong.empty(),
            linearMap(kernel, kernel.pointer(taskFields.tasks.at(initTask))),
            root,
            initTask,
            LinuxSystem.hostName(kernel, initTask),
            clocks.map(Timekeeping::bootTime),
            clocks.map(Timekeeping::uptime),
            basis(kernel));
    return new LinuxSystem(kernel, image, facts, taskFields, spaces, new FilePaths(kernel));
  }

  /** The banner by its symbol; without, the first that looks like one. */
  private static String banner(Findings findings, Kernel kernel) {
    OptionalLong symbol = kernel.symbols().address("linux_banner");
    return (symbol.isPresent() ? findings.bannerAt(symbol.getAsLong()) : Optional.<String>empty())
        .or(findings::banner)
        .orElse("");
  }

  private static List<String> basis(Kernel kernel) {
    List<String> basis = new ArrayList<>();
    if (kernel.types() instanceof Btf btf) {
      basis.add("%d types of the kernel's own BTF".formatted(btf.typeCount()));
    }
    if (kernel.symbols() instanceof Kallsyms kallsyms) {
      basis.add("%d symbols of the kernel's own kallsyms".formatted(kallsyms.size()));
    }
    return basis;
  }

  /** Tasks are allocated from the linear map: its address less the physical one. */
  private static OptionalLong linearMap(Kernel kernel, long pointer) {
    OptionalLong target = kernel.physicalOf(pointer);
    return target.isPresent()
        ? OptionalLong.of(pointer - target.getAsLong())
        : OptionalLong.empty();
  }

  /** The third word of the banner. */
  static String version(String banner) {
    String[] words = banner.split(" ", 4);
    return words.length > 2 ? words[2] : "";
  }
}
