package io.nestwalk.windows.process;

import io.nestwalk.image.Memory;
import io.nestwalk.system.GuestProcess;
import io.nestwalk.system.GuestText;
import io.nestwalk.windows.kernel.Kernel;
import io.nestwalk.windows.kernel.ListWalk;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;

/** Reads process objects and what hangs at them into {@link GuestProcess}es. */
public final class ProcessReader {

  /** {@code _EPROCESS.ImageFileName} has 15 bytes, the last of which is 0. */
  private static final int NAME_BYTES = 15;

  private static final int MAX_THREADS = 1 << 20;

  private final Kernel kernel;
  private final ProcessSpaces spaces;
  private final ProcessFields fields;
  private final ProcessForm form;
  private final HandleTables handles;
  private final Parameters parameters;
  private final Tokens tokens;
  private final ImageFiles files;

  /** Reads the processes of that kernel. */
  public ProcessReader(Kernel kernel, ProcessSpaces spaces) {
    this.kernel = kernel;
    this.spaces = spaces;
    fields = new ProcessFields(kernel.layout());
    form = new ProcessForm(kernel, fields);
    handles = new HandleTables(kernel);
    parameters = new Parameters(kernel);
    tokens = new Tokens(kernel);
    files = new ImageFiles(kernel, fields);
  }

  /** All processes, by pid. */
  public List<GuestProcess> all() {
    Map<Long, EnumSet<ProcessSources.Source>> found =
        new ProcessSources(kernel, fields, form).find();
    List<GuestProcess> processes = new ArrayList<>(found.size());
    Sessions sessions = new Sessions(kernel, fields, spaces, found.keySet());
    found.forEach((process, sources) -> processes.add(read(process, sources, sessions)));
    processes.sort(
        Comparator.comparingInt(GuestProcess::pid).thenComparingLong(GuestProcess::object));
    return processes;
  }

  private GuestProcess read(long process, Set<ProcessSources.Source> sources, Sessions sessions) {
    boolean exited = kernel.value(fields.exitTime, process) != 0;
    OptionalLong root = exited ? OptionalLong.empty() : rootOf(process);
    Optional<Memory> memory =
        root.isPresent() ? Optional.of(spaces.memory(root.getAsLong())) : Optional.empty();
    long peb = kernel.value(fields.peb, process);
    Optional<Memory> user = memory.filter(m -> peb != 0);
    boolean wow64 = kernel.value(fields.wow64, process) != 0;
    WindowsProcess traits =
        new WindowsProcess(
            sessionOf(process, sessions, user, peb),
            wow64,
            user.isPresent() ? OptionalLong.of(peb) : OptionalLong.empty(),
            wow64 && user.isPresent() ? peb32(process, user.get()) : OptionalLong.empty(),
            handleCount(process),
            tokens.sidOf(kernel.value(fields.token, process)));
    Optional<String> path = imagePath(process);
    String name =
        GuestText.upToZero(kernel.memory().readBytes(fields.name.at(process), NAME_BYTES));
    return GuestProcess.builder((int) kernel.value(fields.pid, process), name, process)
        .ppid((int) kernel.value(fields.parent, process))
        .path(path)
        .commandLine(user.flatMap(m -> parameters.commandLine(m, peb)))
        .startTime(Kernel.time(kernel.value(fields.createTime, process)))
        .endTime(exited ? Kernel.time(kernel.value(fields.exitTime, process)) : Optional.empty())
        .threads(threads(process))
        .root(root)
        .userRoot(exited ? OptionalLong.empty() : userRootOf(process))
        .seenBy(sources.stream().map(Object::toString).collect(Collectors.toSet()))
        .expectedIn(sourcesFor(process))
        .contradictions(contradictions(process, path, user, peb))
        .hidden(!exited && !sources.contains(ProcessSources.Source.ACTIVE_PROCESS_LINKS))
        .kernelThread(false)
        .exited(exited)
        .traits(traits)
        .build();
  }

  /** The lists that have a process of its kind. */
  private Set<String> sourcesFor(long process) {
    EnumSet<ProcessSources.Source> sources =
        EnumSet.of(
            ProcessSources.Source.ACTIVE_PROCESS_LINKS,
            ProcessSources.Source.CID_TABLE,
            ProcessSources.Source.POOL);
    if (kernel.value(fields.objectTable, process) != 0) {
      sources.add(ProcessSources.Source.HANDLE_TABLE_LIST);
    }
    if (kernel.value(fields.session, process) != 0) {
      sources.add(ProcessSources.Source.SESSION);
    }
    if (threads(process).orElse(0) > 0) {
      sources.add(ProcessSources.Source.THREADS);
    }
    return sources.stream().map(Object::toString).collect(Collectors.toSet());
  }

  /** Three places name the program: the audit's, the section's file, the process's own memory. */
  private List<String> contradictions(
      long process, Optional<String> path, Optional<Memory> user, long peb) {
    List<String> all = new ArrayList<>(0);
    Optional<String> file = files.of(process);
    if (path.isPresent() && file.isPresent() && !ImageFiles.isSame(path.get(), file.get())) {
      all.add("it was started as %s, but its section is of %s".formatted(path.get(), file.get()));
    }
    Optional<String> told = user.flatMap(memory -> parameters.imagePath(memory, peb));
    if (path.isPresent() && told.isPresent() && !ImageFiles.isSame(path.get(), told.get())) {
      all.add("its own memory calls it %s, the kernel %s".formatted(told.get(), path.get()));
    }
    return all;
  }

  /** The process's environment, NAME=VALUE each. */
  public List<String> environment(GuestProcess process) {
    long peb = kernel.value(fields.peb, process.object());
    return process.root().isPresent() && peb != 0
        ? parameters.environment(spaces.memory(process.root().getAsLong()), peb)
        : List.of();
  }

  /** The folder that the process works in. */
  public Optional<String> workingDirectory(GuestProcess process) {
    long peb = kernel.value(fields.peb, process.object());
    return process.root().isPresent() && peb != 0
        ? parameters.workingDirectory(spaces.memory(process.root().getAsLong()), peb)
        : Optional.empty();
  }

  private OptionalLong rootOf(long process) {
    return spaces.rootOf(kernel.value(fields.directoryTableBase, process));
  }

  /** 0 or 1 where a process has no tables of its own for user mode. */
  private OptionalLong userRootOf(long process) {
    return spaces.rootOf(kernel.value(fields.userDirectoryTableBase, process));
  }

  /**
   * The path of the file that the process runs, as the system's audit has it; that of a process
   * without a file is empty.
   */
  private Optional<String> imagePath(long process) {
    long name = kernel.value(fields.auditName, process);
    return kernel.isObject(name) ? kernel.unicode(kernel.memory(), name) : Optional.empty();
  }

  private OptionalInt threads(long process) {
    if (fields.activeThreads.isPresent()) {
      return OptionalInt.of((int) kernel.value(fields.activeThreads, process));
    }
    if (fields.threadList.isEmpty()) {
      return OptionalInt.empty();
    }
    int[] count = {0};
    new ListWalk(kernel)
        .forwards(
            "threads of the process at 0x%x".formatted(process),
            fields.threadList.get().at(process),
            MAX_THREADS,
            entry -> ++count[0] > 0);
    return OptionalInt.of(count[0]);
  }

  private OptionalInt handleCount(long process) {
    long table = kernel.value(fields.objectTable, process);
    if (fields.objectTable.isEmpty()) {
      return OptionalInt.empty();
    }
    if (table == 0) {
      return OptionalInt.of(0);
    }
    int[] count = {0};
    boolean readable =
        handles.forEach(
            "handles of the process at 0x%x".formatted(process),
            table,
            (handle, object, entry) -> ++count[0] > 0);
    return readable ? OptionalInt.of(count[0]) : OptionalInt.empty();
  }

  private OptionalInt sessionOf(long process, Sessions sessions, Optional<Memory> user, long peb) {
    OptionalInt session = sessions.of(process);
    return session.isPresent() || user.isEmpty() || kernel.value(fields.session, process) == 0
        ? session
        : parameters.session(user.get(), peb);
  }

  /**
   * The 32-bit PEB: Windows 7's process object has its address, later ones the address of a
   * structure that begins with it.
   */
  private OptionalLong peb32(long process, Memory user) {
    long value = kernel.value(fields.wow64, process);
    long address = kernel.isKernelAddress(value) ? kernel.memory().getLong(value, 0) : value;
    return address > 0 && address < 1L << Integer.SIZE && user.isPresent(address)
        ? OptionalLong.of(address)
        : OptionalLong.empty();
  }
}
