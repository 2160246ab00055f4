package io.nestwalk.windows;

import io.nestwalk.memory.Layer;
import io.nestwalk.system.GuestMapping;
import io.nestwalk.system.GuestModule;
import io.nestwalk.system.GuestProcess;
import io.nestwalk.system.GuestSystem;
import io.nestwalk.system.GuestText;
import io.nestwalk.system.GuestThread;
import io.nestwalk.system.OpenFile;
import io.nestwalk.system.ProcessContext;
import io.nestwalk.system.SystemFacts;
import io.nestwalk.system.Traits;
import io.nestwalk.types.KernelSymbols;
import io.nestwalk.types.PdbId;
import io.nestwalk.windows.kernel.DebuggerBlock;
import io.nestwalk.windows.kernel.Kernel;
import io.nestwalk.windows.kernel.KernelFinder;
import io.nestwalk.windows.kernel.NamedImage;
import io.nestwalk.windows.kernel.SharedData;
import io.nestwalk.windows.layout.KnownBuild;
import io.nestwalk.windows.layout.KnownBuilds;
import io.nestwalk.windows.memory.AddressSpaces;
import io.nestwalk.windows.memory.PageFiles;
import io.nestwalk.windows.modules.KernelModules;
import io.nestwalk.windows.modules.ProcessModules;
import io.nestwalk.windows.process.FileHandles;
import io.nestwalk.windows.process.ProcessReader;
import io.nestwalk.windows.process.ProcessSpaces;
import io.nestwalk.windows.process.ThreadReader;
import io.nestwalk.windows.process.WindowsProcess;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** A Windows whose kernel was found. For one thread at a time: its memory keeps translations. */
public final class WindowsSystem implements GuestSystem {

  private static final String BUILD_LAB = "NtBuildLab";
  private static final int MAX_BUILD_LAB = 128;

  private final Kernel kernel;
  private final SystemFacts facts;
  private final ProcessSpaces spaces;
  private final ProcessReader reader;
  private final AddressSpaces addressSpaces;
  private final FileHandles files;
  private final ThreadReader threads;
  private List<GuestProcess> processes;
  private Optional<DebuggerBlock> debuggerBlock;

  WindowsSystem(KernelFinder.Found found) {
    this(found, PageFiles.NONE, Optional.empty());
  }

  /**
   * A system.
   *
   * @param secureKernel the kernel of virtual trust level 1, where it is in memory
   */
  WindowsSystem(KernelFinder.Found found, PageFiles pageFiles, Optional<NamedImage> secureKernel) {
    kernel = found.kernel();
    facts = facts(found, secureKernel, this::debuggerBlock);
    spaces = new ProcessSpaces(kernel);
    reader = new ProcessReader(kernel, spaces);
    addressSpaces = new AddressSpaces(kernel, this::spaces, pageFiles);
    files = new FileHandles(kernel);
    threads = new ThreadReader(kernel);
  }

  /** Looked for when somebody first asks: it takes reading all variables of the kernel. */
  private Optional<DebuggerBlock> debuggerBlock() {
    if (debuggerBlock == null) {
      debuggerBlock =
          kernel.isWide() ? DebuggerBlock.in(kernel.memory(), kernel.image()) : Optional.empty();
    }
    return debuggerBlock;
  }

  private static SystemFacts facts(
      KernelFinder.Found found,
      Optional<NamedImage> secureKernel,
      Supplier<Optional<DebuggerBlock>> debuggerBlock) {
    Kernel kernel = found.kernel();
    SharedData shared = found.shared();
    Optional<PdbId> pdb = kernel.image().pdb();
    int build = found.build();
    WindowsFacts traits =
        new WindowsFacts(
            build,
            shared.build().stream().filter(shown -> shown != build).findFirst(),
            pdb.map(WindowsSystem::revisionOf).orElse(OptionalInt.empty()),
            buildLab(kernel),
            shared.systemRoot(),
            shared.systemTime(),
            pdb,
            secureKernel,
            debuggerBlock);
    return SystemFacts.builder(WindowsFacts.NAME, "build " + build, kernel.image().base())
        .kernelPhysical(kernel.image().physical())
        .root(OptionalLong.of(kernel.tables().root()))
        .object(kernel.system())
        .basis(List.of(kernel.layout().basis().toString(), kernel.layout().source()))
        .traits(traits)
        .build();
  }

  /** The update's number, of a build that is known. */
  private static OptionalInt revisionOf(PdbId pdb) {
    return KnownBuilds.installed().all().stream()
        .filter(each -> each.pdb().filter(pdb::matches).isPresent())
        .mapToInt(KnownBuild::revision)
        .findFirst();
  }

  private static Optional<String> buildLab(Kernel kernel) {
    OptionalLong address = kernel.image().export(BUILD_LAB);
    return address.isPresent()
        ? Optional.of(
                GuestText.upToZero(kernel.memory().readBytes(address.getAsLong(), MAX_BUILD_LAB)))
            .filter(text -> !text.isEmpty())
        : Optional.empty();
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

  @Override
  public KernelSymbols symbols() {
    return kernel.symbols();
  }

  @Override
  public Set<Subject> unknown() {
    Set<Subject> unknown =
        EnumSet.of(
            Subject.LOG,
            Subject.VIRTUAL_MACHINES,
            Subject.SOCKETS,
            Subject.CHECKS,
            Subject.MOUNTS,
            Subject.BPF_OBJECTS,
            Subject.CACHED_FILES,
            Subject.SHELL_HISTORY);
    if (!addressSpaces.areKnown()) {
      unknown.add(Subject.MAPPINGS);
    }
    if (!files.areKnown()) {
      unknown.add(Subject.OPEN_FILES);
    }
    if (!threads.areKnown()) {
      unknown.add(Subject.THREADS);
    }
    if (kernel.symbols().equals(KernelSymbols.NONE)) {
      unknown.add(Subject.SYMBOLS);
    }
    return unknown;
  }

  @Override
  public List<GuestMapping> mappings(GuestProcess process) {
    List<GuestMapping> mappings = space(process).map(addressSpaces::mappings).orElse(List.of());
    return processModules(process).marked(mappings);
  }

  @Override
  public Optional<Layer> memoryOf(GuestProcess process) {
    return space(process).map(addressSpaces::memory);
  }

  @Override
  public List<GuestModule> modules() {
    return new KernelModules(kernel).all();
  }

  @Override
  public List<GuestModule> modules(GuestProcess process) {
    return processModules(process).modules();
  }

  private ProcessModules processModules(GuestProcess process) {
    Optional<Layer> memory = memoryOf(process);
    if (memory.isEmpty()
        || !(process.traits() instanceof WindowsProcess traits)
        || traits.peb().isEmpty()) {
      return ProcessModules.NONE;
    }
    return ProcessModules.of(
        kernel,
        "process %d (%s)".formatted(process.pid(), process.name()),
        memory.get(),
        traits.peb().getAsLong(),
        traits.peb32().orElse(0));
  }

  private Optional<AddressSpaces.Space> space(GuestProcess process) {
    return process.root().isPresent()
        ? Optional.of(space(process.object(), process.root().getAsLong()))
        : Optional.empty();
  }

  private AddressSpaces.Space space(long process, long root) {
    return new AddressSpaces.Space(process, spaces.tables(root), spaces.memory(root));
  }

  private Stream<AddressSpaces.Space> spaces() {
    return processes().stream().map(this::space).flatMap(Optional::stream);
  }

  @Override
  public List<OpenFile> openFiles(GuestProcess process) {
    return files.of(process);
  }

  @Override
  public List<GuestThread> threads(GuestProcess process) {
    return threads.of(process);
  }

  @Override
  public ProcessContext context(GuestProcess process) {
    return new ProcessContext(reader.workingDirectory(process), Optional.empty(), Traits.NONE);
  }

  @Override
  public List<String> environment(GuestProcess process) {
    return reader.environment(process);
  }

  @Override
  public Layer kernelMemory() {
    return kernel.memory();
  }

  @Override
  public List<String> warnings() {
    return kernel.warnings().lines();
  }

  /** How the kernel is read. */
  public Kernel kernel() {
    return kernel;
  }
}
