package io.nestwalk.system;

import io.nestwalk.image.Registers;
import io.nestwalk.memory.Layer;
import io.nestwalk.types.KernelSymbols;
import io.nestwalk.types.Symbol;
import io.nestwalk.types.TypeTable;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * A system whose readers may fail and may be asked by several threads. A reader that stumbles over
 * what hostile memory holds costs its own answer, and is reported; one thread reads at a time.
 */
final class GuardedSystem implements GuestSystem {

  private static final int MOST_FAILURES = 64;

  private final GuestSystem system;
  private final SystemFacts facts;
  private final Layer kernelMemory;
  private final Set<String> failures = new LinkedHashSet<>();

  GuardedSystem(GuestSystem system) {
    this.system = system;
    SystemFacts known = system.facts();
    facts = known.with(() -> traits(known.traits()));
    kernelMemory = system.kernelMemory();
  }

  @Override
  public SystemFacts facts() {
    return facts;
  }

  /** Some of what a system says of itself is read when somebody asks. */
  private synchronized Map<String, Object> traits(Traits known) {
    return guarded("what the system says of itself", known::values, Map.of());
  }

  @Override
  public Layer kernelMemory() {
    return kernelMemory;
  }

  @Override
  public synchronized List<String> warnings() {
    List<String> all = new ArrayList<>(system.warnings());
    all.addAll(failures);
    return all;
  }

  @Override
  public synchronized List<GuestProcess> processes() {
    return guarded("processes", () -> system.processes(), List.of());
  }

  @Override
  public synchronized Set<Subject> unknown() {
    return guarded("what is not known", () -> system.unknown(), Set.of());
  }

  @Override
  public synchronized List<GuestMapping> mappings(GuestProcess process) {
    return guarded(
        "mappings of process " + process.pid(), () -> system.mappings(process), List.of());
  }

  @Override
  public synchronized Optional<Layer> memoryOf(GuestProcess process) {
    return guarded(
        "memory of process " + process.pid(), () -> system.memoryOf(process), Optional.empty());
  }

  @Override
  public synchronized Optional<Layer> userMemoryOf(GuestProcess process) {
    return guarded(
        "memory of process " + process.pid(), () -> system.userMemoryOf(process), Optional.empty());
  }

  @Override
  public synchronized List<OpenFile> openFiles(GuestProcess process) {
    return guarded(
        "open files of process " + process.pid(), () -> system.openFiles(process), List.of());
  }

  @Override
  public synchronized Sockets sockets() {
    return guarded("sockets", () -> system.sockets(), Sockets.UNKNOWN);
  }

  @Override
  public synchronized List<GuestThread> threads(GuestProcess process) {
    return guarded("threads of process " + process.pid(), () -> system.threads(process), List.of());
  }

  @Override
  public synchronized ProcessContext context(GuestProcess process) {
    return guarded(
        "context of process " + process.pid(),
        () -> system.context(process),
        ProcessContext.UNKNOWN);
  }

  @Override
  public synchronized List<CachedFile> cachedFiles() {
    return guarded("files in memory", () -> system.cachedFiles(), List.of());
  }

  @Override
  public synchronized List<CachedFile.Page> pages(CachedFile file) {
    return guarded("pages of file " + file.number(), () -> system.pages(file), List.of());
  }

  @Override
  public synchronized Optional<PageKind> kindOf(long physical) {
    return guarded("what pages are", () -> system.kindOf(physical), Optional.empty());
  }

  @Override
  public synchronized List<Long> writtenPages(GuestProcess process, GuestMapping mapping) {
    return guarded(
        "written pages of process " + process.pid(),
        () -> system.writtenPages(process, mapping),
        List.of());
  }

  @Override
  public synchronized List<ShellCommand> shellHistory(GuestProcess process) {
    return guarded(
        "history of process " + process.pid(), () -> system.shellHistory(process), List.of());
  }

  @Override
  public synchronized List<CheckResult> checks() {
    return guarded("checks", () -> system.checks(), List.of());
  }

  @Override
  public synchronized BpfObjects bpf() {
    return guarded("programs of BPF", () -> system.bpf(), BpfObjects.UNKNOWN);
  }

  @Override
  public synchronized List<GuestMount> mounts() {
    return guarded("mounts", () -> system.mounts(), List.of());
  }

  @Override
  public synchronized List<String> arguments(GuestProcess process) {
    return guarded(
        "arguments of process " + process.pid(), () -> system.arguments(process), List.of());
  }

  @Override
  public synchronized List<String> environment(GuestProcess process) {
    return guarded(
        "environment of process " + process.pid(), () -> system.environment(process), List.of());
  }

  @Override
  public synchronized List<GuestModule> modules() {
    return guarded("modules", () -> system.modules(), List.of());
  }

  @Override
  public synchronized List<GuestModule> modules(GuestProcess process) {
    return guarded("modules of process " + process.pid(), () -> system.modules(process), List.of());
  }

  @Override
  public synchronized List<LogLine> log() {
    return guarded("log", () -> system.log(), List.of());
  }

  @Override
  public synchronized List<HypervisorGuest> virtualMachines() {
    return guarded("virtual machines", () -> system.virtualMachines(), List.of());
  }

  @Override
  public synchronized Optional<SeenHypervisor> seenHypervisor() {
    return guarded("hypervisor below", () -> system.seenHypervisor(), Optional.empty());
  }

  @Override
  public synchronized Map<Integer, String> domainNames() {
    return guarded("names of domains", () -> system.domainNames(), Map.of());
  }

  @Override
  public synchronized Optional<SeenCrash> crash() {
    return guarded("crash", () -> system.crash(), Optional.empty());
  }

  @Override
  public synchronized List<VirtualizationFact> virtualization() {
    return guarded("virtualization", () -> system.virtualization(), List.of());
  }

  @Override
  public synchronized Optional<String> crashInfo() {
    return guarded("crash information", () -> system.crashInfo(), Optional.empty());
  }

  @Override
  public synchronized Optional<String> madeCrashInfo() {
    return guarded("crash information", () -> system.madeCrashInfo(), Optional.empty());
  }

  @Override
  public synchronized FloatingPoint floatingPoint(GuestThread thread) {
    return guarded(
        "floating-point registers of thread " + thread.id(),
        () -> system.floatingPoint(thread),
        FloatingPoint.UNKNOWN);
  }

  @Override
  public synchronized OptionalInt runningOn(GuestThread thread) {
    return guarded(
        "CPU of thread " + thread.id(), () -> system.runningOn(thread), OptionalInt.empty());
  }

  @Override
  public synchronized byte[] auxiliaryVector(GuestProcess process) {
    return guarded(
        "auxiliary vector of process " + process.pid(),
        () -> system.auxiliaryVector(process),
        new byte[0]);
  }

  @Override
  public synchronized Registers registers(GuestProcess process) {
    return guarded(
        "registers of process " + process.pid(), () -> system.registers(process), Registers.NONE);
  }

  @Override
  public synchronized Registers registers(GuestThread thread) {
    return guarded(
        "registers of thread " + thread.id(), () -> system.registers(thread), Registers.NONE);
  }

  @Override
  public KernelSymbols symbols() {
    return new GuardedSymbols();
  }

  @Override
  public synchronized Optional<TypeTable> typeTable() {
    return guarded("types", () -> system.typeTable(), Optional.empty());
  }

  /** The system's symbols, read by one thread at a time. */
  private final class GuardedSymbols implements KernelSymbols {

    @Override
    public OptionalLong address(String name) {
      synchronized (GuardedSystem.this) {
        return guarded("symbols", () -> system.symbols().address(name), OptionalLong.empty());
      }
    }

    @Override
    public Optional<Symbol> at(long address) {
      synchronized (GuardedSystem.this) {
        return guarded("symbols", () -> system.symbols().at(address), Optional.empty());
      }
    }

    @Override
    public void forEach(Consumer<? super Symbol> visitor) {
      List<Symbol> all = new ArrayList<>();
      synchronized (GuardedSystem.this) {
        guarded(
            "symbols",
            () -> {
              system.symbols().forEach(all::add);
              return all;
            },
            all);
      }
      all.forEach(visitor);
    }
  }

  private <T> T guarded(String what, Supplier<T> reader, T otherwise) {
    try {
      return reader.get();
    } catch (RuntimeException | StackOverflowError e) {
      if (failures.size() < MOST_FAILURES) {
        failures.add("%s could not be read: a reader failed with %s".formatted(what, e));
      }
      return otherwise;
    }
  }
}
