package io.nestwalk.system;

import io.nestwalk.image.Registers;
import io.nestwalk.memory.Layer;
import io.nestwalk.types.KernelSymbols;
import io.nestwalk.types.TypeTable;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/**
 * The operating system of one machine, read from that machine's own memory.
 *
 * <p>Every list is bounded and every answer may be partial: what could not be read stands in {@link
 * #warnings}.
 */
public interface GuestSystem {

  /** What is known of the kernel. */
  SystemFacts facts();

  /** The processes and kernel threads, in ascending order of pid. */
  List<GuestProcess> processes();

  /** What a system may be unable to tell. */
  enum Subject {
    /** The mappings of processes. */
    MAPPINGS,
    /** The modules of the kernel. */
    MODULES,
    /** What processes have loaded. */
    PROCESS_MODULES,
    /** The kernel's log. */
    LOG,
    /** The files that processes have open. */
    OPEN_FILES,
    /** The sockets that there are. */
    SOCKETS,
    /** The threads of processes. */
    THREADS,
    /** What surrounds processes: directories, credentials. */
    CONTEXTS,
    /** The environments of processes. */
    ENVIRONMENTS,
    /** The files that are in memory. */
    CACHED_FILES,
    /** What was typed into shells. */
    SHELL_HISTORY,
    /** Whether the kernel was changed. */
    CHECKS,
    /** Programs and maps of BPF. */
    BPF_OBJECTS,
    /** What is mounted. */
    MOUNTS,
    /** The names of the kernel's addresses. */
    SYMBOLS,
    /** The virtual machines that run on this system. */
    VIRTUAL_MACHINES;

    /** In words: "open files". */
    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }
  }

  /**
   * What can't be told of this system at all, so that an empty list says nothing; none where all of
   * it can.
   */
  default Set<Subject> unknown() {
    return Set.of();
  }

  /**
   * The mappings of a process, in ascending order; empty for a kernel thread, and where {@link
   * #unknown} has {@link Subject#MAPPINGS}.
   */
  List<GuestMapping> mappings(GuestProcess process);

  /**
   * The process's virtual memory; empty when it has none of its own. A layer of any kind: where the
   * system knows pages that the hardware does not map, it may stand upon the page tables.
   */
  Optional<Layer> memoryOf(GuestProcess process);

  /**
   * The process's virtual memory as its own code has it; differs from {@link #memoryOf} where
   * kernel and user run on tables of their own.
   */
  default Optional<Layer> userMemoryOf(GuestProcess process) {
    return memoryOf(process);
  }

  /** The kernel's virtual memory. */
  Layer kernelMemory();

  /** The hypervisor that it saw below itself; empty where it saw none that it knows. */
  default Optional<SeenHypervisor> seenHypervisor() {
    return Optional.empty();
  }

  /**
   * The names of the domains of a hypervisor below, by number, as this system keeps them for it;
   * none where it does not.
   */
  default Map<Integer, String> domainNames() {
    return Map.of();
  }

  /** What the system itself recorded of its crash; empty where it recorded none. */
  default Optional<SeenCrash> crash() {
    return Optional.empty();
  }

  /** What was refused or could not be read so far, a line each, with the address. */
  List<String> warnings();

  /** The files that a process has open, by descriptor. */
  default List<OpenFile> openFiles(GuestProcess process) {
    return List.of();
  }

  /**
   * The sockets that the kernel's own tables hold, whoever has them.
   *
   * @param sockets in the order of the tables
   * @param missing tables that were not looked at, with the reason
   */
  record Sockets(List<GuestSocket> sockets, List<String> missing) {

    /** Nothing, of nothing that was looked at. */
    public static final Sockets UNKNOWN = new Sockets(List.of(), List.of());

    /** Copies the lists. */
    public Sockets {
      sockets = List.copyOf(sockets);
      missing = List.copyOf(missing);
    }
  }

  /** The sockets that the kernel's tables hold; see {@link Subject#SOCKETS}. */
  default Sockets sockets() {
    return Sockets.UNKNOWN;
  }

  /** The threads of a process, by number; see {@link Subject#THREADS}. */
  default List<GuestThread> threads(GuestProcess process) {
    return List.of();
  }

  /** In what surroundings a process runs. */
  default ProcessContext context(GuestProcess process) {
    return ProcessContext.UNKNOWN;
  }

  /**
   * Looks for what was changed in the kernel: hooks, what is hidden. A check that could look at
   * nothing says so; see {@link Subject#CHECKS}.
   */
  default List<CheckResult> checks() {
    return List.of();
  }

  /** The files of which pages are in memory; see {@link Subject#CACHED_FILES}. */
  default List<CachedFile> cachedFiles() {
    return List.of();
  }

  /** The pages of a file that are in memory, ascending. */
  default List<CachedFile.Page> pages(CachedFile file) {
    return List.of();
  }

  /**
   * What a page of this system's own physical memory is to it; empty where that is not known.
   *
   * @param physical any address in the page
   */
  default Optional<PageKind> kindOf(long physical) {
    return Optional.empty();
  }

  /**
   * The pages of a file's private mapping that the process has changed: copies of its own stand in
   * the place of the file's. Of each page the virtual address of the first byte that differs,
   * ascending.
   */
  default List<Long> writtenPages(GuestProcess process, GuestMapping mapping) {
    return List.of();
  }

  /**
   * The commands that were typed into a shell, the oldest first; none of a process that is no shell
   * whose history is known here. See {@link Subject#SHELL_HISTORY}.
   */
  default List<ShellCommand> shellHistory(GuestProcess process) {
    return List.of();
  }

  /** The programs and maps of BPF that the kernel has loaded; see {@link Subject#BPF_OBJECTS}. */
  default BpfObjects bpf() {
    return BpfObjects.UNKNOWN;
  }

  /** What is mounted, namespace by namespace; see {@link Subject#MOUNTS}. */
  default List<GuestMount> mounts() {
    return List.of();
  }

  /** A process's arguments, one by one. */
  default List<String> arguments(GuestProcess process) {
    return List.of();
  }

  /** A process's environment, NAME=VALUE each. */
  default List<String> environment(GuestProcess process) {
    return List.of();
  }

  /** The loaded parts of the kernel. */
  default List<GuestModule> modules() {
    return List.of();
  }

  /** The programs and libraries that a process has loaded. */
  default List<GuestModule> modules(GuestProcess process) {
    return List.of();
  }

  /** The kernel's log, oldest first. */
  default List<LogLine> log() {
    return List.of();
  }

  /** The virtual machines that run on this system, as its own hypervisor knows them. */
  default List<HypervisorGuest> virtualMachines() {
    return List.of();
  }

  /** What the kernel knows of its processor's virtualization. */
  default List<VirtualizationFact> virtualization() {
    return List.of();
  }

  /**
   * Names of addresses of the kernel and of what it has loaded; for one thread at a time. Empty
   * where {@link #unknown} has {@link Subject#SYMBOLS}.
   */
  default KernelSymbols symbols() {
    return KernelSymbols.NONE;
  }

  /** The kernel's types, where it tells all of them. */
  default Optional<TypeTable> typeTable() {
    return Optional.empty();
  }

  /** The text that the kernel keeps for crash dumps: Linux's VMCOREINFO. */
  default Optional<String> crashInfo() {
    return Optional.empty();
  }

  /**
   * Such a text made from what else is known of the kernel, for one that keeps none or whose own is
   * not found: it names less.
   */
  default Optional<String> madeCrashInfo() {
    return Optional.empty();
  }

  /** The auxiliary vector that the process was started with, as ELF cores hold it; may be empty. */
  default byte[] auxiliaryVector(GuestProcess process) {
    return new byte[0];
  }

  /**
   * The registers of the process's first thread as it last entered the kernel, by the names of
   * {@link Registers}; none where they are not known.
   */
  default Registers registers(GuestProcess process) {
    return Registers.NONE;
  }

  /** The same of one thread; none where they are not known. */
  default Registers registers(GuestThread thread) {
    return Registers.NONE;
  }

  /** The floating-point and vector registers of a thread; unknown where a CPU has them. */
  default FloatingPoint floatingPoint(GuestThread thread) {
    return FloatingPoint.UNKNOWN;
  }

  /** The number of the CPU that runs a thread; empty where none does, or it is not known. */
  default OptionalInt runningOn(GuestThread thread) {
    return OptionalInt.empty();
  }
}
