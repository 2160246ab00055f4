package io.nestwalk.answer;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;

/** How much of memory is in which state, for the coverage. */
public final class StateSums {

  private final Map<String, Long> bytes = new LinkedHashMap<>();

  /** Adds runs of pages. */
  public void add(Collection<PageRun> runs) {
    for (PageRun run : runs) {
      bytes.merge(run.state().name(), run.length(), Long::sum);
    }
  }

  /** Bytes by the name of the state. */
  public ObjectNode json() {
    ObjectNode node = Json.object();
    bytes.forEach(node::put);
    return node;
  }

  /** The sums for people: {@code mapped 120 KiB, transition 8 KiB}. */
  @Override
  public String toString() {
    return bytes.isEmpty()
        ? "no pages"
        : bytes.entrySet().stream()
            .map(each -> "%s %d KiB".formatted(each.getKey(), each.getValue() >> 10))
            .collect(Collectors.joining(", "));
  }
}
