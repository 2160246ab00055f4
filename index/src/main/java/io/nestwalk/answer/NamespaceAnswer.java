package io.nestwalk.answer;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nestwalk.system.GuestProcess;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/** The namespaces of a machine, each with the processes that are in it. */
public final class NamespaceAnswer {

  private NamespaceAnswer() {}

  /**
   * The rows of a machine's namespaces, by kind and number; none for a system that has none.
   *
   * @param machine the id of the machine
   * @param processes all of that machine
   */
  public static List<ObjectNode> of(String machine, List<GuestProcess> processes) {
    Map<String, Map<Long, List<GuestProcess>>> byKind = new TreeMap<>();
    long[] first = new long[1];
    for (GuestProcess process : processes) {
      if (process.traits().values().get("namespaces") instanceof Map<?, ?> namespaces) {
        namespaces.forEach(
            (kind, number) ->
                byKind
                    .computeIfAbsent(kind.toString(), _ -> new TreeMap<>())
                    .computeIfAbsent((Long) number, _ -> new ArrayList<>())
                    .add(process));
      }
    }
    List<ObjectNode> rows = new ArrayList<>();
    byKind.forEach(
        (kind, byNumber) -> {
          first[0] = ofFirstProcess(byNumber);
          byNumber.forEach((number, own) -> rows.add(row(machine, kind, number, first[0], own)));
        });
    return rows;
  }

  /** The machine's own namespace is that of its first process. */
  private static long ofFirstProcess(Map<Long, List<GuestProcess>> byNumber) {
    long number = -1;
    int pid = Integer.MAX_VALUE;
    for (Map.Entry<Long, List<GuestProcess>> each : byNumber.entrySet()) {
      for (GuestProcess process : each.getValue()) {
        if (process.pid() < pid) {
          pid = process.pid();
          number = each.getKey();
        }
      }
    }
    return number;
  }

  private static ObjectNode row(
      String machine, String kind, long number, long first, List<GuestProcess> processes) {
    ObjectNode node = Json.object();
    node.put("machine", machine);
    node.put("kind", kind);
    node.put("number", number);
    node.put("initial", number == first);
    node.put("processes", processes.size());
    ArrayNode pids = node.putArray("pids");
    processes.forEach(process -> pids.add(process.pid()));
    processes.stream()
        .map(process -> process.traits().values().get("cgroup"))
        .filter(Objects::nonNull)
        .map(Object::toString)
        .distinct()
        .forEach(node.withArray("cgroups")::add);
    node.put("first", processes.getFirst().commandLine().orElse(processes.getFirst().name()));
    return node;
  }
}
