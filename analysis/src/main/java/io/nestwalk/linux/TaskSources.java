package io.nestwalk.linux;

import io.nestwalk.linux.kernel.Kernel;
import io.nestwalk.linux.kernel.ListWalk;
import io.nestwalk.linux.kernel.RadixTree;
import io.nestwalk.linux.kernel.TaskFields;
import io.nestwalk.types.Field;
import io.nestwalk.types.MissingTypeException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * Finds the leaders of thread groups by independent ways, so that one that was taken out of a list
 * is seen by the others.
 */
final class TaskSources {

  /** A way to find tasks. */
  enum Source {
    /** {@code init_task.tasks}, the list of all thread groups. */
    TASK_LIST,
    /** The table that pids are looked up in. */
    PID_TABLE,
    /** Parents' lists of their children. */
    CHILDREN;

    /** The name in answers. */
    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
  }

  /** More processes than any machine runs; a list that has more is cut off. */
  static final int MAX_TASKS = 1 << 18;

  private final Kernel kernel;
  private final TaskFields fields;
  private final long initTask;
  private final Map<Long, EnumSet<Source>> found = new LinkedHashMap<>();

  TaskSources(Kernel kernel, TaskFields fields, long initTask) {
    this.kernel = kernel;
    this.fields = fields;
    this.initTask = initTask;
  }

  /** The leaders with the sources that list each. */
  Map<Long, EnumSet<Source>> find() {
    fromTaskList();
    fromPidTable();
    fromChildren();
    return found;
  }

  private void fromTaskList() {
    new ListWalk(kernel)
        .circular(
            "task list",
            fields.tasks.at(initTask),
            MAX_TASKS,
            node -> note(node - fields.tasks.offset(), Source.TASK_LIST));
  }

  /** {@code init_pid_ns.idr}: pid to {@code struct pid}, since 4.15. */
  private void fromPidTable() {
    Field table;
    Field link;
    Field first;
    long namespace;
    try {
      namespace = firstPidNamespace();
      table = kernel.types().field("pid_namespace", "idr");
      link = kernel.types().field("pid", "tasks");
      first = kernel.types().field("hlist_head", "first");
    } catch (MissingTypeException e) {
      kernel.warnings().add("pid table: " + e.getMessage());
      return;
    }
    if (!kernel.isReadable(namespace)) {
      kernel.warnings().add("pid table: no pid namespace at 0x%x".formatted(namespace));
      return;
    }
    int[] count = {0};
    new RadixTree(kernel)
        .forEach(
            "pid table",
            table.at(namespace),
            pid -> {
              long node = kernel.pointer(link.at(pid, 0) + first.offset());
              if (node != 0) {
                long task = node - fields.pidLink.offset();
                if (leads(task)) {
                  note(task, Source.PID_TABLE);
                }
              }
              return ++count[0] <= TaskFields.MAX_PID;
            });
  }

  private long firstPidNamespace() {
    long proxy = kernel.value(fields.namespaces, initTask);
    Field field = kernel.types().struct("nsproxy").firstOf("pid_ns_for_children", "pid_ns");
    return kernel.value(field, proxy);
  }

  private void fromChildren() {
    ListWalk lists = new ListWalk(kernel);
    Set<Long> seen = new HashSet<>();
    Deque<Long> open = new ArrayDeque<>();
    open.add(initTask);
    seen.add(initTask);
    while (!open.isEmpty() && seen.size() < MAX_TASKS) {
      long leader = open.poll();
      // A child hangs at the thread that made it.
      forEachThread(
          leader,
          thread ->
              lists.circular(
                  "children of 0x" + Long.toHexString(thread),
                  fields.children.at(thread),
                  MAX_TASKS,
                  node -> {
                    long child = node - fields.sibling.offset();
                    if (seen.add(child) && note(child, Source.CHILDREN)) {
                      open.add(child);
                    }
                    return seen.size() < MAX_TASKS;
                  }));
    }
    if (!open.isEmpty()) {
      kernel.warnings().add("children: cut off after %d tasks".formatted(MAX_TASKS));
    }
  }

  /** Visits a leader and its other threads. */
  void forEachThread(long leader, java.util.function.LongConsumer visitor) {
    long group = kernel.value(fields.signal, leader);
    boolean[] leaderSeen = {false};
    if (kernel.isReadable(group)) {
      new ListWalk(kernel)
          .circular(
              "threads of 0x" + Long.toHexString(leader),
              fields.threadHead.at(group),
              TaskFields.MAX_PID,
              node -> {
                long thread = node - fields.threadNode.offset();
                leaderSeen[0] |= thread == leader;
                visitor.accept(thread);
                return true;
              });
    }
    if (!leaderSeen[0]) {
      visitor.accept(leader);
    }
  }

  private boolean leads(long task) {
    return kernel.value(fields.pid, task) == kernel.value(fields.tgid, task);
  }

  /** Notes a task that looks like one. */
  private boolean note(long task, Source source) {
    EnumSet<Source> sources = found.get(task);
    if (sources == null) {
      long pid = fields.pid.get(kernel.memory(), task, -1);
      if (pid < 0
          || pid > TaskFields.MAX_PID
          || kernel.memory().getByte(fields.comm.at(task)) < 0) {
        kernel
            .warnings()
            .add("%s: no task at 0x%x (its pid would be %d)".formatted(source, task, pid));
        return true;
      }
      if (found.size() >= MAX_TASKS) {
        return false;
      }
      sources = EnumSet.noneOf(Source.class);
      found.put(task, sources);
    }
    sources.add(source);
    return true;
  }
}
