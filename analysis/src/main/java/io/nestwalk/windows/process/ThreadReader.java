package io.nestwalk.windows.process;

import io.nestwalk.system.GuestProcess;
import io.nestwalk.system.GuestThread;
import io.nestwalk.system.Traits;
import io.nestwalk.types.Field;
import io.nestwalk.windows.kernel.Kernel;
import io.nestwalk.windows.kernel.ListWalk;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The threads of a process: its list of {@code _ETHREAD}s. */
public final class ThreadReader {

  private static final int MAX_THREADS = 1 << 18;

  private final Kernel kernel;
  private final ProcessFields processes;
  private final ProcessForm form;
  private final Optional<Field> links;
  private final Optional<Field> id;
  private final Optional<Field> createTime;
  private final Optional<Field> exitTime;
  private final Optional<Field> startAddress;
  private final Optional<Field> win32StartAddress;
  private final Optional<Field> teb;

  /** Reads the threads of that kernel's processes. */
  public ThreadReader(Kernel kernel) {
    this.kernel = kernel;
    processes = new ProcessFields(kernel.layout());
    form = new ProcessForm(kernel, processes);
    links = field("_ETHREAD", "ThreadListEntry");
    id = field("_ETHREAD", "Cid.UniqueThread");
    createTime = field("_ETHREAD", "CreateTime");
    exitTime = field("_ETHREAD", "ExitTime");
    startAddress = field("_ETHREAD", "StartAddress");
    win32StartAddress = field("_ETHREAD", "Win32StartAddress");
    teb = field("_KTHREAD", "Teb");
  }

  private Optional<Field> field(String struct, String path) {
    return kernel.layout().findField(struct, path);
  }

  /** Whether this kernel's threads can be read. */
  public boolean areKnown() {
    return processes.threadList.isPresent() && links.isPresent() && id.isPresent();
  }

  /** The threads of a process, by number. */
  public List<GuestThread> of(GuestProcess process) {
    if (!areKnown()) {
      return List.of();
    }
    String what = "threads of process %d (%s)".formatted(process.pid(), process.name());
    Field link = links.get();
    Set<Long> objects = new LinkedHashSet<>();
    // An exited process's list is empty: its head, when memory has it, points to itself.
    new ListWalk(kernel)
        .both(
            what,
            processes.threadList.get().at(process.object()),
            MAX_THREADS,
            entry -> {
              long object = entry - link.offset();
              if (!form.isThread(object)) {
                kernel.warnings().add("%s: no thread at 0x%x".formatted(what, object));
                return false;
              }
              objects.add(object);
              return true;
            });
    List<GuestThread> threads = new ArrayList<>(objects.size());
    objects.forEach(object -> threads.add(thread(object)));
    threads.sort(Comparator.comparingInt(GuestThread::id).thenComparingLong(GuestThread::object));
    return threads;
  }

  private GuestThread thread(long object) {
    return new GuestThread(
        (int) kernel.value(id, object) & Integer.MAX_VALUE,
        "",
        object,
        Kernel.time(kernel.value(createTime, object)),
        traits(object));
  }

  private Traits traits(long object) {
    Map<String, Object> values = new LinkedHashMap<>();
    address(values, "startAddress", startAddress, object);
    address(values, "win32StartAddress", win32StartAddress, object);
    address(values, "teb", teb, object);
    // A running thread's member is the head of a list of what waits for its end.
    Kernel.time(kernel.value(exitTime, object))
        .ifPresent(time -> values.put("endTime", time.toString()));
    return () -> values;
  }

  private void address(Map<String, Object> values, String key, Optional<Field> field, long object) {
    long value = kernel.value(field, object);
    if (value != 0) {
      values.put(key, new Traits.Address(value));
    }
  }
}
