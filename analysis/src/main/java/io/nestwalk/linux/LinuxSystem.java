package io.nestwalk.linux;

import io.nestwalk.image.AddressRange;
import io.nestwalk.image.Memory;
import io.nestwalk.image.Registers;
import io.nestwalk.linux.bpf.BpfListing;
import io.nestwalk.linux.btf.Btf;
import io.nestwalk.linux.check.CodeMap;
import io.nestwalk.linux.check.KernelChecks;
import io.nestwalk.linux.files.DescriptorReader;
import io.nestwalk.linux.files.MountTable;
import io.nestwalk.linux.files.PageCache;
import io.nestwalk.linux.files.PageKinds;
import io.nestwalk.linux.kallsyms.VmCoreInfo;
import io.nestwalk.linux.kernel.FilePaths;
import io.nestwalk.linux.kernel.Kernel;
import io.nestwalk.linux.kernel.KernelImage;
import io.nestwalk.linux.kernel.OpenFiles;
import io.nestwalk.linux.kernel.TaskFields;
import io.nestwalk.linux.net.SocketReader;
import io.nestwalk.linux.net.SocketTables;
import io.nestwalk.linux.task.BashHistory;
import io.nestwalk.linux.task.ContextReader;
import io.nestwalk.linux.task.ThreadReader;
import io.nestwalk.memory.Layer;
import io.nestwalk.memory.TranslatedMemory;
import io.nestwalk.paging.InputRule;
import io.nestwalk.paging.Walker;
import io.nestwalk.survey.MemoryNotes;
import io.nestwalk.system.BpfObjects;
import io.nestwalk.system.CachedFile;
import io.nestwalk.system.CheckResult;
import io.nestwalk.system.FloatingPoint;
import io.nestwalk.system.GuestMapping;
import io.nestwalk.system.GuestModule;
import io.nestwalk.system.GuestMount;
import io.nestwalk.system.GuestProcess;
import io.nestwalk.system.GuestSocket;
import io.nestwalk.system.GuestSystem;
import io.nestwalk.system.GuestThread;
import io.nestwalk.system.HypervisorGuest;
import io.nestwalk.system.LogLine;
import io.nestwalk.system.OpenFile;
import io.nestwalk.system.PageKind;
import io.nestwalk.system.ProcessContext;
import io.nestwalk.system.SeenCrash;
import io.nestwalk.system.SeenHypervisor;
import io.nestwalk.system.ShellCommand;
import io.nestwalk.system.SystemFacts;
import io.nestwalk.system.VirtualizationFact;
import io.nestwalk.types.Field;
import io.nestwalk.types.KernelKnowledge;
import io.nestwalk.types.KernelSymbols;
import io.nestwalk.types.KernelTypes;
import io.nestwalk.types.TypeTable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;

/**
 * A Linux whose structures are known, from its own BTF or from outside. For one thread at a time:
 * its memory keeps translations.
 */
public final class LinuxSystem implements GuestSystem {

  /** Several times what AT_VECTOR_SIZE (include/linux/mm_types.h) comes to, in bytes. */
  private static final int LONGEST_VECTOR = 1 << 12;

  private final Kernel kernel;
  private final SystemFacts facts;
  private final AddressSpaces spaces;
  private final Layer kernelMemory;
  private final ProcessReader reader;
  private final MemoryMap maps;
  private final TaskFields taskFields;
  private final ModuleList modules;
  private final FilePaths paths;
  private final KernelSymbols symbols;
  private final KernelImage image;
  private final FloatingPointReader floatingPoints;
  private List<GuestProcess> processes;
  private PageCache pageCache;
  private Optional<PageKinds> pageKinds;
  private BpfObjects bpf;
  private List<CheckResult> checks;

  LinuxSystem(
      Kernel kernel,
      KernelImage image,
      SystemFacts facts,
      TaskFields taskFields,
      AddressSpaces spaces,
      FilePaths paths) {
    this.kernel = kernel;
    this.facts = facts;
    this.taskFields = taskFields;
    this.spaces = spaces;
    kernelMemory = TranslatedMemory.of(kernel.physical(), kernel.tables());
    reader = new ProcessReader(kernel, taskFields, facts.object(), spaces, paths, facts.bootTime());
    maps = new MemoryMap(kernel, paths);
    modules = new ModuleList(kernel, image);
    this.paths = paths;
    this.image = image;
    floatingPoints = new FloatingPointReader(kernel);
    symbols = new AllSymbols(kernel.symbols(), image, Optional.of(modules));
  }

  /**
   * The Linux whose kernel is mapped by one of a machine's page tables.
   *
   * @param physical the machine's physical memory
   * @param kernelTables tables that may be its kernel's, the likeliest first: on x86 any process's
   *     will do, on ARM64 those of TTBR1
   * @return a {@link LinuxSystem} where the kernel tells its types; for one that does not, a system
   *     that knows no more than what can be deduced; nothing when none of the tables maps a Linux
   *     kernel
   */
  public static Optional<GuestSystem> recognise(Memory physical, List<Walker> kernelTables) {
    return recognise(physical, kernelTables, List.of());
  }

  /**
   * The Linux whose kernel is mapped by one of a machine's page tables.
   *
   * @param physical the machine's physical memory
   * @param kernelTables tables that may be its kernel's, as above
   * @param knowledge what is known of some kernels beside what their memory tells
   * @return as above; with fitting knowledge also a kernel without types is a {@link LinuxSystem}
   */
  public static Optional<GuestSystem> recognise(
      Memory physical, List<Walker> kernelTables, List<? extends KernelKnowledge> knowledge) {
    return Recognition.of(
        physical, kernelTables, new KnownKernels(List.copyOf(knowledge)), MemoryNotes.NONE);
  }

  @Override
  public SystemFacts facts() {
    return facts;
  }

  @Override
  public List<GuestProcess> processes() {
    if (processes == null) {
      processes = reader.all();
    }
    return processes;
  }

  /** Linux keeps no list of what a process has loaded: its linker does, in many forms. */
  @Override
  public Set<Subject> unknown() {
    Set<Subject> unknown = EnumSet.of(Subject.PROCESS_MODULES);
    if (kernel.symbols() instanceof CombinedSymbols combined
        && combined.table().equals(KernelSymbols.NONE)) {
      unknown.add(Subject.SYMBOLS);
    }
    return unknown;
  }

  @Override
  public List<GuestMapping> mappings(GuestProcess process) {
    long mm = kernel.value(taskFields.mm, process.object());
    if (process.kernelThread() || !kernel.isReadable(mm)) {
      return List.of();
    }
    Walker tables = process.root().isPresent() ? spaces.tables(process.root().getAsLong()) : null;
    return maps.of(mm, tables);
  }

  @Override
  public Optional<Layer> memoryOf(GuestProcess process) {
    return process.root().isPresent()
        ? Optional.of(spaces.memory(process.root().getAsLong()))
        : Optional.empty();
  }

  @Override
  public Optional<Layer> userMemoryOf(GuestProcess process) {
    return process.userRoot().isPresent()
        ? Optional.of(spaces.memory(process.userRoot().getAsLong()))
        : memoryOf(process);
  }

  @Override
  public List<String> arguments(GuestProcess process) {
    return memoryOf(process).map(m -> reader.arguments(process.object(), m)).orElse(List.of());
  }

  @Override
  public List<String> environment(GuestProcess process) {
    return memoryOf(process).map(m -> reader.environment(process.object(), m)).orElse(List.of());
  }

  @Override
  public Optional<String> crashInfo() {
    return kernel.symbols() instanceof CombinedSymbols symbols
        ? symbols.crashInfo().map(VmCoreInfo::text)
        : Optional.empty();
  }

  @Override
  public Optional<String> madeCrashInfo() {
    return MadeCrashInfo.of(
        facts,
        kernel.symbols(),
        Optional.of(kernel.types()),
        kernel.memory(),
        kernel.tables().mode(),
        kernel.pageShift());
  }

  @Override
  public byte[] auxiliaryVector(GuestProcess process) {
    Optional<Field> vector = kernel.types().findField("mm_struct", "saved_auxv");
    long mm = kernel.value(taskFields.mm, process.object());
    return vector.isPresent() && !process.kernelThread() && kernel.isReadable(mm)
        ? kernel.bytes(vector.get(), mm, LONGEST_VECTOR)
        : new byte[0];
  }

  @Override
  public Registers registers(GuestProcess process) {
    return process.kernelThread()
        ? Registers.NONE
        : new ThreadRegisters(kernel).of(process.object());
  }

  @Override
  public Registers registers(GuestThread thread) {
    return new ThreadRegisters(kernel).of(thread.object());
  }

  @Override
  public OptionalInt runningOn(GuestThread thread) {
    return ThreadReader.runningOn(kernel, thread.object());
  }

  @Override
  public FloatingPoint floatingPoint(GuestThread thread) {
    return floatingPoints.of(thread.object());
  }

  @Override
  public List<OpenFile> openFiles(GuestProcess process) {
    return new DescriptorReader(kernel, taskFields, paths, new SocketReader(kernel))
        .of(process.object());
  }

  @Override
  public Sockets sockets() {
    SocketTables.Content content =
        SocketTables.of(kernel, new SocketReader(kernel), facts.object());
    return new Sockets(content.sockets(), content.missing());
  }

  @Override
  public List<GuestThread> threads(GuestProcess process) {
    return new ThreadReader(kernel, taskFields, facts.bootTime()).of(process.object());
  }

  @Override
  public ProcessContext context(GuestProcess process) {
    return new ContextReader(kernel, taskFields, paths).of(process.object());
  }

  @Override
  public List<ShellCommand> shellHistory(GuestProcess process) {
    boolean shell =
        process.name().equals("bash")
            || process.path().filter(path -> path.endsWith("/bash")).isPresent();
    return shell && kernel.types().pointerSize() == Long.BYTES
        ? memoryOf(process)
            .map(memory -> BashHistory.of(memory, mappings(process)))
            .orElse(List.of())
        : List.of();
  }

  @Override
  public List<CachedFile> cachedFiles() {
    return pageCache().files(mounts());
  }

  @Override
  public List<CachedFile.Page> pages(CachedFile file) {
    return pageCache().pages(file);
  }

  @Override
  public Optional<PageKind> kindOf(long physical) {
    if (pageKinds == null) {
      pageKinds = Optional.empty(); // asked for each page, and tried once should it fail
      pageKinds = pageCache().kinds();
    }
    return pageKinds.flatMap(kinds -> kinds.of(physical));
  }

  @Override
  public List<Long> writtenPages(GuestProcess process, GuestMapping mapping) {
    List<Long> written = new ArrayList<>();
    long file = MemoryMap.fileOf(kernel, mapping);
    if (process.root().isEmpty()
        || mapping.kind() != GuestMapping.Kind.FILE
        || mapping.permissions().endsWith("s")
        || !kernel.isReadable(file)) {
      return written;
    }
    Map<Long, Long> frames = pageCache().framesOf(file);
    forEachPage(
        process.root().getAsLong(),
        mapping,
        (address, index, physical) -> {
          Long cached = frames.get(index);
          if (cached != null && cached != physical) {
            int differs = firstDifference(cached, physical);
            if (differs >= 0) {
              written.add(address + differs);
            }
          }
        });
    return written;
  }

  /** Where two pages differ first; -1 for a copy that is none other than what it was made of. */
  private int firstDifference(long one, long other) {
    int size = 1 << kernel.pageShift();
    return Arrays.mismatch(
        kernel.physical().readBytes(one, size), kernel.physical().readBytes(other, size));
  }

  /** Is shown a page that a process has of a file. */
  @FunctionalInterface
  private interface PageVisitor {
    void page(long address, long index, long physical);
  }

  private void forEachPage(long root, GuestMapping mapping, PageVisitor visitor) {
    int shift = kernel.pageShift();
    long page = 1L << shift;
    spaces
        .tables(root)
        .forEachLeaf(
            mapping.start(),
            mapping.end() - 1,
            (address, target, leafShift, permissions) -> {
              long end = Math.min(mapping.end(), address + (1L << leafShift));
              for (long at = Math.max(mapping.start(), address); at < end; at += page) {
                visitor.page(
                    at,
                    (at - mapping.start() + mapping.offset()) >>> shift,
                    target + (at - address));
              }
              return true;
            });
  }

  /** So many processes are enough to learn from where pages are described. */
  private static final int TEACHERS = 64;

  private static final int MOST_LESSONS = 1 << 16;

  /** The files in memory; how pages are found is learnt from files that processes map. */
  private PageCache pageCache() {
    if (pageCache == null) {
      PageCache cache = new PageCache(kernel, paths);
      List<PageCache.Mapped> mapped = new ArrayList<>();
      processes().stream()
          .filter(process -> process.root().isPresent() && !process.kernelThread())
          .limit(TEACHERS)
          .forEach(
              process -> {
                for (GuestMapping mapping : mappings(process)) {
                  if (mapping.kind() == GuestMapping.Kind.FILE
                      && mapping.permissions().indexOf('w') < 0) {
                    long file = MemoryMap.fileOf(kernel, mapping);
                    forEachPage(
                        process.root().getAsLong(),
                        mapping,
                        (_, index, physical) -> {
                          if (mapped.size() < MOST_LESSONS) {
                            mapped.add(new PageCache.Mapped(file, index, physical));
                          }
                        });
                  }
                }
              });
      cache.learn(mapped);
      if (!cache.isUsable()) {
        kernel.warnings().add("files in memory: where pages are described could not be learnt");
      }
      pageCache = cache;
    }
    return pageCache;
  }

  @Override
  public List<CheckResult> checks() {
    if (checks == null) {
      checks = List.copyOf(runChecks());
    }
    return checks;
  }

  private List<CheckResult> runChecks() {
    Map<GuestModule, List<AddressRange>> areas = new LinkedHashMap<>();
    modules.all().forEach(module -> areas.put(module, modules.areas(module)));
    List<Long> open = new ArrayList<>();
    OpenFiles files = new OpenFiles(kernel, taskFields.files);
    for (GuestProcess process : processes()) {
      files.forEach(process.object(), (_, file) -> open.add(file));
    }
    return KernelChecks.run(
        kernel,
        new CodeMap(ownCode(), areas, symbols),
        processes(),
        open,
        SocketTables.namespaces(kernel, facts.object()),
        this::bpf,
        views());
  }

  /** The tables of processes, where they map the kernel too: one process for each. */
  private Map<Integer, Walker> views() {
    Map<Long, Integer> roots = new LinkedHashMap<>();
    if (kernel.tables().mode().input() != InputRule.ONES_EXTENDED) {
      for (GuestProcess process : processes()) {
        process.root().ifPresent(root -> roots.putIfAbsent(root, process.pid()));
      }
    }
    Map<Integer, Walker> views = new LinkedHashMap<>();
    roots.forEach((root, pid) -> views.put(pid, spaces.tables(root)));
    return views;
  }

  /** Where the kernel's own code lies, by its symbols; else by what its tables let execute. */
  private List<AddressRange> ownCode() {
    OptionalLong start = kernel.symbols().address("_stext");
    OptionalLong end = kernel.symbols().address("_etext");
    if (start.isPresent() && end.isPresent() && end.getAsLong() - start.getAsLong() > 0) {
      return List.of(new AddressRange(start.getAsLong(), end.getAsLong() - start.getAsLong()));
    }
    return image.runs().stream()
        .filter(KernelImage.Run::isExecutable)
        .map(run -> new AddressRange(run.start(), run.length()))
        .toList();
  }

  @Override
  public BpfObjects bpf() {
    if (bpf == null) {
      Set<GuestSocket> sockets = new LinkedHashSet<>(sockets().sockets());
      for (GuestProcess process : processes()) {
        openFiles(process).forEach(file -> file.socket().ifPresent(sockets::add));
      }
      bpf =
          BpfListing.of(
              kernel,
              facts.bootTime(),
              processes(),
              new OpenFiles(kernel, taskFields.files),
              sockets,
              mounts(),
              SocketTables.namespaces(kernel, facts.object()),
              paths,
              name -> modules.types(name).map(KernelTypes.class::cast));
    }
    return bpf;
  }

  @Override
  public List<GuestMount> mounts() {
    return new MountTable(kernel, taskFields, paths).of(processes());
  }

  @Override
  public List<GuestModule> modules(GuestProcess process) {
    return LoadedFiles.of(mappings(process));
  }

  @Override
  public List<GuestModule> modules() {
    return modules.all();
  }

  @Override
  public List<LogLine> log() {
    return new KernelLog(kernel).read();
  }

  @Override
  public List<HypervisorGuest> virtualMachines() {
    return new KvmGuests(kernel, modules, taskFields, spaces, paths)
        .all(
            processes(),
            this::arguments,
            new UntouchedFilePages(kernel, spaces, this::mappings, this::pageCache));
  }

  @Override
  public List<VirtualizationFact> virtualization() {
    return new VirtualizationSupport(kernel, modules).read();
  }

  @Override
  public Optional<SeenHypervisor> seenHypervisor() {
    return new VirtualizationSupport(kernel, modules).below();
  }

  @Override
  public Map<Integer, String> domainNames() {
    Map<Integer, String> names = new LinkedHashMap<>();
    for (GuestProcess process : processes()) {
      if (process.name().equals(XenStore.DAEMON)) {
        memoryOf(process)
            .ifPresent(memory -> names.putAll(XenStore.namesIn(memory, mappings(process))));
      }
    }
    return names;
  }

  @Override
  public Optional<SeenCrash> crash() {
    return CrashRecord.in(kernel);
  }

  @Override
  public Layer kernelMemory() {
    return kernelMemory;
  }

  @Override
  public List<String> warnings() {
    return kernel.warnings().lines();
  }

  /** The kernel's structures. */
  public KernelTypes types() {
    return kernel.types();
  }

  @Override
  public KernelSymbols symbols() {
    return symbols;
  }

  @Override
  public Optional<TypeTable> typeTable() {
    return kernel.types() instanceof Btf types
        ? Optional.of(new KnownTypeTable(types.table(), KnownVariables.of(types, kernel.symbols())))
        : Optional.empty();
  }

  /** The machine's name for itself: {@code init_uts_ns}. */
  static Optional<String> hostName(Kernel kernel, long initTask) {
    Optional<Field> proxy = kernel.types().findField("task_struct", "nsproxy");
    Optional<Field> uts = kernel.types().findField("nsproxy", "uts_ns");
    Optional<Field> name = kernel.types().findField("uts_namespace", "name.nodename");
    if (proxy.isEmpty() || uts.isEmpty() || name.isEmpty()) {
      return Optional.empty();
    }
    long namespace = kernel.value(uts.get(), kernel.value(proxy.get(), initTask));
    return kernel.isReadable(namespace)
        ? Optional.of(kernel.text(name.get().at(namespace), name.get().size()))
        : Optional.empty();
  }
}
