package io.nestwalk.find;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nestwalk.answer.Json;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;

/** How many hits of each pattern each space has: a hit counts once in each space that owns it. */
public final class HitCounts {

  private HitCounts() {}

  private record Key(
      String pattern, String machine, String space, OptionalInt pid, String process) {}

  /** The rows, the most hits first. */
  public static List<ObjectNode> rows(Patterns patterns, List<Hit> hits) {
    Map<Key, Long> counts = new LinkedHashMap<>();
    for (Hit hit : hits) {
      String pattern = patterns.name(hit.pattern());
      Set<Key> keys = new LinkedHashSet<>();
      for (Owner owner : hit.owners()) {
        keys.add(
            new Key(
                pattern, owner.machine(), owner.space().toString(), owner.pid(), owner.process()));
      }
      if (keys.isEmpty()) {
        keys.add(new Key(pattern, "", "", OptionalInt.empty(), ""));
      }
      keys.forEach(key -> counts.merge(key, 1L, Long::sum));
    }
    List<Map.Entry<Key, Long>> sorted = new ArrayList<>(counts.entrySet());
    sorted.sort(Map.Entry.comparingByValue(Comparator.reverseOrder()));
    return sorted.stream().map(each -> row(each.getKey(), each.getValue())).toList();
  }

  private static ObjectNode row(Key key, long hits) {
    ObjectNode node = Json.object();
    node.put("pattern", key.pattern);
    if (!key.machine.isEmpty()) {
      node.put("machine", key.machine);
      node.put("space", key.space);
      key.pid.ifPresent(pid -> node.put("pid", pid));
      node.put("process", key.process);
    }
    node.put("hits", hits);
    return node;
  }
}
