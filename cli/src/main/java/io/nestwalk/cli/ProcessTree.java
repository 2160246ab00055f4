package io.nestwalk.cli;

import io.nestwalk.system.GuestProcess;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Puts processes below their parents, as {@code ps --forest} does. */
final class ProcessTree {

  private final Map<Integer, List<GuestProcess>> children = new LinkedHashMap<>();
  private final Set<Integer> shown = new HashSet<>();
  private final List<Row> rows = new ArrayList<>();

  /** A process and what stands before its name. */
  record Row(String indent, GuestProcess process) {}

  private ProcessTree(List<GuestProcess> processes) {
    for (GuestProcess process : processes) {
      children.computeIfAbsent(process.ppid(), p -> new ArrayList<>()).add(process);
    }
  }

  /** In the given order, without a tree. */
  static List<Row> flat(List<GuestProcess> processes) {
    return processes.stream().map(process -> new Row("", process)).toList();
  }

  /**
   * Children below their parents. A process whose parent is not in the list, or that is its own
   * ancestor (guest memory may lie), begins a tree of its own.
   */
  static List<Row> of(List<GuestProcess> processes) {
    ProcessTree tree = new ProcessTree(processes);
    Set<Integer> pids = new HashSet<>();
    processes.forEach(process -> pids.add(process.pid()));
    for (GuestProcess process : processes) {
      if (!pids.contains(process.ppid()) || process.ppid() == process.pid()) {
        tree.show(process, "", "");
      }
    }
    processes.forEach(process -> tree.show(process, "", ""));
    return tree.rows;
  }

  private void show(GuestProcess process, String indent, String childIndent) {
    if (!shown.add(process.pid())) {
      return;
    }
    rows.add(new Row(indent, process));
    List<GuestProcess> below = children.getOrDefault(process.pid(), List.of());
    for (int i = 0; i < below.size(); i++) {
      boolean last = i == below.size() - 1;
      show(below.get(i), childIndent + " \\_ ", childIndent + (last ? "    " : " |  "));
    }
  }
}
