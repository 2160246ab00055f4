package io.nestwalk.linux;

import io.nestwalk.image.Memory;
import io.nestwalk.linux.kernel.FilePaths;
import io.nestwalk.linux.kernel.Kernel;
import io.nestwalk.linux.kernel.TaskFields;
import io.nestwalk.system.GuestProcess;
import io.nestwalk.system.GuestText;
import io.nestwalk.types.Field;
import io.nestwalk.types.MissingTypeException;
import io.nestwalk.types.StructLayout;
import java.time.Instant;
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

/** Reads tasks and what hangs at them into {@link GuestProcess}es. */
final class ProcessReader {

  private static final int MAX_COMM = 16;

  /** Arguments can be megabytes; what is longer than this is cut off. */
  private static final int MAX_ARGUMENTS = 1 << 16;

  private final Kernel kernel;
  private final TaskFields fields;
  private final long initTask;
  private final AddressSpaces spaces;
  private final FilePaths paths;
  private final Optional<Instant> bootTime;
  private final Field uid;
  private final Field executable;
  private final Field argumentStart;
  private final Field argumentEnd;
  private final Field environmentStart;
  private final Field environmentEnd;
  private final Namespaces namespaces;
  private final Optional<ControlGroups> controlGroups;

  ProcessReader(
      Kernel kernel,
      TaskFields fields,
      long initTask,
      AddressSpaces spaces,
      FilePaths paths,
      Optional<Instant> bootTime) {
    this.kernel = kernel;
    this.fields = fields;
    this.initTask = initTask;
    this.spaces = spaces;
    this.paths = paths;
    this.bootTime = bootTime;
    uid = kernel.types().struct("cred").firstOf("uid.val", "uid");
    StructLayout mm = kernel.types().struct("mm_struct");
    executable = mm.field("exe_file");
    argumentStart = mm.field("arg_start");
    argumentEnd = mm.field("arg_end");
    environmentStart = mm.field("env_start");
    environmentEnd = mm.field("env_end");
    namespaces = new Namespaces(kernel, fields);
    controlGroups = fields.controlGroups.flatMap(this::controlGroups);
  }

  private Optional<ControlGroups> controlGroups(Field setOfTask) {
    try {
      return Optional.of(new ControlGroups(kernel, setOfTask));
    } catch (MissingTypeException e) {
      kernel.warnings().add("control groups: " + e.getMessage());
      return Optional.empty();
    }
  }

  /** All processes and kernel threads, by pid. */
  List<GuestProcess> all() {
    Map<Long, EnumSet<TaskSources.Source>> tasks = new TaskSources(kernel, fields, initTask).find();
    List<GuestProcess> processes = new ArrayList<>(tasks.size());
    tasks.forEach(
        (task, sources) -> {
          if (task != initTask) {
            try {
              processes.add(read(task, sources));
            } catch (RuntimeException e) {
              // One task that lies costs itself.
              kernel.warnings().add("task_struct 0x%x can't be read: %s".formatted(task, e));
            }
          }
        });
    processes.sort(
        Comparator.comparingInt(GuestProcess::pid).thenComparingLong(GuestProcess::object));
    return processes;
  }

  private GuestProcess read(long task, Set<TaskSources.Source> sources) {
    boolean kernelThread = (kernel.value(fields.flags, task) & TaskFields.KERNEL_THREAD) != 0;
    long mm = kernelThread ? 0 : kernel.value(fields.mm, task);
    boolean hasMemory = kernel.isReadable(mm);
    OptionalLong root = hasMemory ? spaces.rootOf(mm) : OptionalLong.empty();
    Optional<Memory> memory =
        root.isPresent() ? Optional.of(spaces.memory(root.getAsLong())) : Optional.empty();
    long credentials = kernel.value(fields.credentials, task);
    long group = kernel.value(fields.signal, task);
    LinuxProcess traits =
        new LinuxProcess(
            (int) kernel.value(fields.tgid, task),
            kernel.isReadable(credentials)
                ? OptionalLong.of(kernel.value(uid, credentials))
                : OptionalLong.empty(),
            Optional.of(
                TaskFields.letter(
                    kernel.value(fields.state, task), kernel.value(fields.exitState, task))),
            namespaces.of(task),
            controlGroups.flatMap(groups -> groups.pathOf(task)));
    String name = GuestText.upToZero(kernel.memory().readBytes(fields.comm.at(task), commLength()));
    return GuestProcess.builder((int) kernel.value(fields.pid, task), name, task)
        .ppid(parentOf(task))
        .path(hasMemory ? pathOf(mm) : Optional.empty())
        .commandLine(memory.flatMap(m -> commandLine(mm, m)))
        .startTime(bootTime.map(time -> time.plusNanos(kernel.value(fields.startTime, task))))
        .threads(
            kernel.isReadable(group)
                ? OptionalInt.of((int) kernel.value(fields.threadCount, group))
                : OptionalInt.empty())
        .root(root)
        .userRoot(root.isPresent() ? spaces.userRoot(root.getAsLong()) : OptionalLong.empty())
        .seenBy(sources.stream().map(Object::toString).collect(Collectors.toSet()))
        .hidden(!sources.contains(TaskSources.Source.TASK_LIST))
        .kernelThread(kernelThread)
        .traits(traits)
        .build();
  }

  private int commLength() {
    return Math.min(fields.comm.size(), 4 * MAX_COMM);
  }

  private int parentOf(long task) {
    long parent = kernel.value(fields.realParent, task);
    return kernel.isReadable(parent) ? (int) kernel.value(fields.tgid, parent) : 0;
  }

  private Optional<String> pathOf(long mm) {
    long file = kernel.value(executable, mm);
    return kernel.isReadable(file) ? paths.of(file) : Optional.empty();
  }

  private Optional<String> commandLine(long mm, Memory memory) {
    List<String> arguments =
        strings(memory, kernel.value(argumentStart, mm), kernel.value(argumentEnd, mm));
    return arguments.isEmpty() ? Optional.empty() : Optional.of(String.join(" ", arguments));
  }

  /** The environment of the process whose task is given: NAME=VALUE each. */
  List<String> environment(long task, Memory memory) {
    long mm = kernel.value(fields.mm, task);
    return strings(memory, kernel.value(environmentStart, mm), kernel.value(environmentEnd, mm));
  }

  /** The arguments of the process whose task is given. */
  List<String> arguments(long task, Memory memory) {
    long mm = kernel.value(fields.mm, task);
    return strings(memory, kernel.value(argumentStart, mm), kernel.value(argumentEnd, mm));
  }

  private List<String> strings(Memory memory, long start, long end) {
    long length = end - start;
    if (length <= 0 || start <= 0) {
      return List.of();
    }
    if (length > MAX_ARGUMENTS) {
      kernel
          .warnings()
          .add(
              "arguments at 0x%x: %d bytes, cut off at %d".formatted(start, length, MAX_ARGUMENTS));
    }
    byte[] bytes = memory.readBytes(start, (int) Math.min(length, MAX_ARGUMENTS));
    int used = bytes.length;
    while (used > 0 && bytes[used - 1] == 0) {
      used--;
    }
    List<String> strings = new ArrayList<>();
    int from = 0;
    for (int i = 0; i <= used && used > 0; i++) {
      if (i == used || bytes[i] == 0) {
        strings.add(GuestText.of(bytes, from, i));
        from = i + 1;
      }
    }
    return strings;
  }
}
