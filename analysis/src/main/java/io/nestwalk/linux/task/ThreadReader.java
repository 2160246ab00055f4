package io.nestwalk.linux.task;

import io.nestwalk.linux.kernel.Kernel;
import io.nestwalk.linux.kernel.ListWalk;
import io.nestwalk.linux.kernel.TaskFields;
import io.nestwalk.system.GuestText;
import io.nestwalk.system.GuestThread;
import io.nestwalk.types.Field;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/** The threads of a task: the list of its signal_struct (include/linux/sched/signal.h). */
public final class ThreadReader {

  private static final int MAX_THREADS = 1 << 18;
  private static final int MAX_NAME = 64;

  private final Kernel kernel;
  private final TaskFields fields;
  private final Optional<Instant> bootTime;

  /** A reader of one kernel's threads. */
  public ThreadReader(Kernel kernel, TaskFields fields, Optional<Instant> bootTime) {
    this.kernel = kernel;
    this.fields = fields;
    this.bootTime = bootTime;
  }

  /** The threads of the group that a task leads, by number. */
  public List<GuestThread> of(long leader) {
    Set<Long> tasks = new LinkedHashSet<>();
    tasks.add(leader);
    long group = kernel.value(fields.signal, leader);
    if (kernel.isReadable(group)) {
      new ListWalk(kernel)
          .circular(
              "threads of 0x" + Long.toHexString(leader),
              fields.threadHead.at(group),
              MAX_THREADS,
              node -> tasks.add(node - fields.threadNode.offset()) || tasks.size() < MAX_THREADS);
    }
    List<GuestThread> threads = new ArrayList<>();
    for (long task : tasks) {
      long id = fields.pid.get(kernel.memory(), task, -1);
      if (id < 0 || id > TaskFields.MAX_PID) {
        kernel.warnings().add("threads of 0x%x: no task at 0x%x".formatted(leader, task));
        continue;
      }
      String state =
          TaskFields.letter(kernel.value(fields.state, task), kernel.value(fields.exitState, task));
      threads.add(
          new GuestThread(
              (int) id,
              GuestText.upToZero(
                  kernel
                      .memory()
                      .readBytes(fields.comm.at(task), Math.min(MAX_NAME, fields.comm.size()))),
              task,
              bootTime.map(time -> time.plusNanos(kernel.value(fields.startTime, task))),
              () -> Map.of("state", state)));
    }
    threads.sort(Comparator.comparingInt(GuestThread::id));
    return threads;
  }

  /**
   * The number of the CPU that a task runs on; empty for one that does not run, and where the
   * kernel does not tell on which.
   */
  public static OptionalInt runningOn(Kernel kernel, long task) {
    Optional<Field> running = kernel.types().findField("task_struct", "on_cpu");
    if (running.isEmpty() || kernel.value(running.get(), task) == 0) {
      return OptionalInt.empty();
    }
    Optional<Field> cpu =
        kernel
            .types()
            .findField("task_struct", "thread_info.cpu")
            .or(() -> kernel.types().findField("task_struct", "cpu"));
    return cpu.isPresent()
        ? OptionalInt.of((int) kernel.value(cpu.get(), task))
        : OptionalInt.empty();
  }
}
