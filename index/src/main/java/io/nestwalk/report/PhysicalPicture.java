package io.nestwalk.report;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nestwalk.answer.Hex;
import io.nestwalk.answer.Json;
import io.nestwalk.index.Entry;
import io.nestwalk.index.Entry.RunEntry;
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
  private final Map<Owner, Integer> numbers = new LinkedHashMap<>();
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
    index.forEachRun(
        run -> {
          if (isInImage(run)) {
            span[0] = Math.min(span[0], run.hpa());
            span[1] = Math.max(span[1], run.hpa() + run.length());
          }
        });
    PhysicalPicture picture =
        span[1] == 0 ? new PhysicalPicture(0, 0) : new PhysicalPicture(span[0], span[1]);
    index.forEachRun(picture::add);
    picture.choose();
    return picture;
  }

  private static boolean isInImage(RunEntry run) {
    return run.hpa() != RunEntry.NONE && run.fileOffset() != RunEntry.NONE;
  }

  private void add(RunEntry run) {
    if (!isInImage(run) || run.path().filter("[linear map]"::equals).isPresent()) {
      return;
    }
    int owner = owner(run);
    long start = run.hpa() - origin;
    long end = start + run.length();
    for (long at = start; at < end; ) {
      long cell = at / cellBytes;
      long next = Math.min(end, (cell + 1) * cellBytes);
      bytes.merge(cell << Integer.SIZE | owner, next - at, Long::sum);
      at = next;
    }
  }

  /**
   * Whose a run is: a process's, a kernel's, or a guest's memory of which no more is known.
   *
   * @param pid empty text where there is none
   */
  private record Owner(String machine, Entry.Space space, String pid, String process) {

    static Owner of(RunEntry run) {
      String pid = run.pid().isPresent() ? Integer.toString(run.pid().getAsInt()) : "";
      return new Owner(run.machineId(), run.space(), pid, run.name());
    }

    /** How much it says: the deeper the machine, and within it the process first. */
    int rank() {
      int depth =
          machine.equals("host") ? 0 : 1 + (int) machine.chars().filter(c -> c == '.').count();
      int within =
          switch (space) {
            case USER -> 2;
            case KERNEL -> 1;
            case PHYSICAL -> 0;
          };
      return depth * 3 + within;
    }
  }

  private int owner(RunEntry run) {
    Owner owner = Owner.of(run);
    Integer known = numbers.get(owner);
    if (known != null) {
      return known;
    }
    numbers.put(owner, ranks.size());
    ranks.add(owner.rank());
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
    for (Owner owner : numbers.keySet()) {
      ObjectNode one = list.addObject();
      one.put("machine", owner.machine());
      one.put("space", owner.space().toString());
      one.put("pid", owner.pid());
      one.put("process", owner.process());
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
