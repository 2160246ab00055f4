package io.nestwalk.report;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nestwalk.answer.Hex;
import io.nestwalk.answer.Json;
import io.nestwalk.index.Entry;
import io.nestwalk.index.SearchIndex;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Host-physical memory as a picture: cells of equal size, each with the owner that says most of it.
 * A guest's process says more than the guest, the guest more than the host's process that backs it,
 * and that a kernel's map of all memory covers a cell says nothing.
 */
final class PhysicalPicture {

  private static final int MAX_CELLS = 1 << 14;
  private static final long PAGE = 4096;
  private static final int NOBODY = -1;

  private final long origin;
  private final long cellBytes;
  private final int[] owners;
  private final long[] weights;
  private final Map<String, Integer> numbers = new LinkedHashMap<>();
  private final List<Integer> ranks = new ArrayList<>();
  private final Map<Long, Long> bytes = new HashMap<>();

  private PhysicalPicture(long origin, long end) {
    this.origin = origin & -PAGE;
    long size = PAGE;
    while ((end - this.origin + size - 1) / size > MAX_CELLS) {
      size *= 2;
    }
    cellBytes = size;
    int cells = (int) ((end - this.origin + size - 1) / size);
    owners = new int[cells];
    weights = new long[cells];
    java.util.Arrays.fill(owners, NOBODY);
  }

  /** The picture of the memory that runs lie in; an empty one when there are none. */
  static PhysicalPicture of(SearchIndex index) throws IOException {
    long[] span = {Long.MAX_VALUE, 0};
    index.forEach(
        Entry.Kind.RUN,
        run -> {
          if (isInImage(run)) {
            long start = number(run, "hpa");
            span[0] = Math.min(span[0], start);
            span[1] = Math.max(span[1], start + run.path("length").asLong());
          }
        });
    PhysicalPicture picture =
        span[1] == 0 ? new PhysicalPicture(0, 0) : new PhysicalPicture(span[0], span[1]);
    index.forEach(Entry.Kind.RUN, picture::add);
    picture.choose();
    return picture;
  }

  private static boolean isInImage(JsonNode run) {
    return run.path("hpa").isTextual() && run.path("fileOffset").isNumber();
  }

  private static long number(JsonNode node, String key) {
    return Long.parseUnsignedLong(node.path(key).asText().substring(2), 16);
  }

  private void add(JsonNode run) {
    if (!isInImage(run) || run.path("path").asText("").equals("[linear map]")) {
      return;
    }
    int owner = owner(run);
    long start = number(run, "hpa") - origin;
    long end = start + run.path("length").asLong();
    for (long at = start; at < end; ) {
      long cell = at / cellBytes;
      long next = Math.min(end, (cell + 1) * cellBytes);
      bytes.merge(cell << Integer.SIZE | owner, next - at, Long::sum);
      at = next;
    }
  }

  /**
   * The number of a run's owner: a process, a kernel, or a guest's memory of which no more is
   * known.
   */
  private int owner(JsonNode run) {
    String space = run.path("space").asText();
    String key =
        run.path("machine").asText()
            + '\t'
            + space
            + '\t'
            + (run.path("pid").isNumber() ? run.path("pid").asText() : "")
            + '\t'
            + run.path("process").asText();
    Integer known = numbers.get(key);
    if (known != null) {
      return known;
    }
    int depth =
        run.path("machine").asText().equals("host")
            ? 0
            : 1 + (int) run.path("machine").asText().chars().filter(c -> c == '.').count();
    int within =
        switch (space) {
          case "user" -> 2;
          case "kernel" -> 1;
          default -> 0;
        };
    numbers.put(key, ranks.size());
    ranks.add(depth * 3 + within);
    return ranks.size() - 1;
  }

  private void choose() {
    bytes.forEach(
        (key, size) -> {
          int cell = (int) (key >>> Integer.SIZE);
          int owner = (int) (long) key;
          int rank = ranks.get(owner);
          int best = owners[cell] == NOBODY ? -1 : ranks.get(owners[cell]);
          if (rank > best
              || (rank == best
                  && (size > weights[cell] || (size == weights[cell] && owner < owners[cell])))) {
            owners[cell] = owner;
            weights[cell] = size;
          }
        });
    bytes.clear();
  }

  /** For the report: origin, size of a cell, owners, and cells as pairs of owner and count. */
  ObjectNode json() {
    ObjectNode node = Json.object();
    node.put("origin", Hex.of(origin));
    node.put("cellBytes", cellBytes);
    ArrayNode list = node.putArray("owners");
    for (String key : numbers.keySet()) {
      List<String> parts = List.of(key.split("\t", -1));
      ObjectNode owner = list.addObject();
      owner.put("machine", parts.get(0));
      owner.put("space", parts.get(1));
      owner.put("pid", parts.get(2));
      owner.put("process", parts.get(3));
    }
    ArrayNode cells = node.putArray("cells");
    for (int i = 0; i < owners.length; ) {
      int same = i;
      while (same < owners.length && owners[same] == owners[i]) {
        same++;
      }
      cells.add(owners[i]).add(same - i);
      i = same;
    }
    return node;
  }
}
