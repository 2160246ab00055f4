package io.nestwalk.report;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nestwalk.answer.Hex;
import io.nestwalk.answer.Json;
import io.nestwalk.index.Entry;
import io.nestwalk.index.Entry.RunEntry;
import io.nestwalk.index.SearchIndex;
import io.nestwalk.machine.Machine;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/**
 * Physical memory of one layer as a picture: cells of equal size, each with the owner that says
 * most of it. A guest's process says more than the guest, the guest more than the host's process
 * that backs it, and that a kernel's map of all memory covers a cell says nothing.
 */
public final class PhysicalPicture {

  /** The most cells that a picture may have. */
  public static final int MAX_CELLS = 1 << 14;

  private static final long PAGE = 4096;
  private static final int NOBODY = -1;

  /** So many links to the layer below are told of a guest's memory, the largest ones. */
  private static final int MAX_LINKS = 2048;

  private final Axis axis;
  private final long origin;
  private final long cellBytes;
  private final int[] owners;
  private final long[] weights;
  private final Map<Owner, Integer> numbers = new LinkedHashMap<>();
  private final List<Integer> ranks = new ArrayList<>();

  /** Of the run before, and its number. */
  private Owner last;

  private int lastNumber;

  /** By owner and cell; see {@link #key}. */
  private final Map<Long, Long> bytes = new HashMap<>();

  /** The key of the run before, and how much of it is not in the map yet. */
  private long lastKey;

  private long lastSize;

  private final Map<Link, Long> links = new HashMap<>();

  /** Where on the axis anything lies. */
  private final Stretches stretches = new Stretches();

  /** A picture in which nothing is drawn yet. */
  PhysicalPicture(Axis axis, long origin, long end, int mostCells) {
    this.axis = axis;
    this.origin = origin & -PAGE;
    long size = PAGE;
    while (Long.compareUnsigned(Long.divideUnsigned(end - this.origin + size - 1, size), mostCells)
        > 0) {
      size *= 2;
    }
    cellBytes = size;
    int cells = (int) Long.divideUnsigned(end - this.origin + size - 1, size);
    owners = new int[cells];
    weights = new long[cells];
    java.util.Arrays.fill(owners, NOBODY);
  }

  /**
   * Whose physical addresses a picture shows.
   *
   * @param machine whose; of the host only what the image holds
   */
  public record Axis(String machine) {

    private boolean isHost() {
      return machine.equals(Machine.HOST);
    }

    /** Where a run begins on the axis; {@link RunEntry#NONE} when it is not on it. */
    long of(RunEntry run) {
      if (isHost()) {
        return run.fileOffset() == RunEntry.NONE ? RunEntry.NONE : run.hpa();
      }
      if (!run.machineId().equals(machine)) {
        return RunEntry.NONE;
      }
      return run.space() == Entry.Space.PHYSICAL ? run.start() : run.gpa();
    }
  }

  /**
   * A cell of a guest's memory and the stretch of the host's, of the size of a cell, that backs a
   * part of it.
   */
  private record Link(int cell, long host) {}

  /** The picture of all memory of a layer that runs lie in; an empty one when there are none. */
  public static PhysicalPicture of(SearchIndex index, Axis axis, int mostCells) throws IOException {
    PhysicalExtent extent = new PhysicalExtent(axis);
    index.forEachRun(extent::add);
    PhysicalPicture picture = extent.whole(mostCells);
    index.forEachRun(picture::add);
    return picture;
  }

  /**
   * The picture of a part of a layer's memory.
   *
   * @param from its first address
   * @param to one past its last address
   * @param mostCells at most so many cells, up to {@link #MAX_CELLS}
   */
  public static PhysicalPicture of(SearchIndex index, Axis axis, long from, long to, int mostCells)
      throws IOException {
    PhysicalPicture picture = new PhysicalPicture(axis, from, to, Math.min(mostCells, MAX_CELLS));
    index.forEachRun(picture::add);
    return picture;
  }

  /** Whether a run is a kernel's map of all memory. */
  static boolean isLinearMap(RunEntry run) {
    return run.path().filter("[linear map]"::equals).isPresent();
  }

  /** Draws a run. */
  void add(RunEntry run) {
    long at = axis.of(run);
    if (at == RunEntry.NONE || isLinearMap(run)) {
      return;
    }
    long end = origin + owners.length * cellBytes;
    long first = Math.max(at, origin);
    long stop = Math.min(at + run.length(), end);
    stretches.add(at, at + run.length());
    int owner = first < stop ? owner(run) : NOBODY;
    boolean linked = !axis.isHost() && run.space() == Entry.Space.PHYSICAL;
    for (long position = first; position < stop; ) {
      long cell = (position - origin) / cellBytes;
      long next = Math.min(stop, origin + (cell + 1) * cellBytes);
      count(key(owner, cell), next - position);
      if (linked && run.hpa() != RunEntry.NONE) {
        long host = run.hpa() + position - at & -cellBytes;
        links.merge(new Link((int) cell, host), next - position, Long::sum);
      }
      position = next;
    }
  }

  /** Most runs lie in the cell of the one before and are its owner's. */
  private void count(long key, long size) {
    if (key != lastKey) {
      countLast();
      lastKey = key;
    }
    lastSize += size;
  }

  private void countLast() {
    if (lastSize > 0) {
      bytes.merge(lastKey, lastSize, Long::sum);
      lastSize = 0;
    }
  }

  /** One number for both, by which a map finds them: of two halves it would mix too few bits. */
  private long key(int owner, long cell) {
    return (long) owner * owners.length + cell;
  }

  /** Whose a run is: a process's, a kernel's, or a guest's memory of which no more is known. */
  private record Owner(String machine, Entry.Space space, OptionalInt pid, String process) {

    static Owner of(RunEntry run) {
      return new Owner(run.machineId(), run.space(), run.pid(), run.name());
    }

    /** Whether a run is its, without making it. */
    boolean has(RunEntry run) {
      return space == run.space()
          && pid.equals(run.pid())
          && machine.equals(run.machineId())
          && process.equals(run.name());
    }

    /** How much it says: the deeper the machine, and within it the process first. */
    int rank() {
      int depth =
          machine.equals(Machine.HOST)
              ? 0
              : 1 + (int) machine.chars().filter(c -> c == '.').count();
      int within =
          switch (space) {
            case USER -> 2;
            case KERNEL -> 1;
            case PHYSICAL -> 0;
          };
      return depth * 3 + within;
    }
  }

  /** The number of a run's owner; most runs have that of the one before. */
  private int owner(RunEntry run) {
    if (last == null || !last.has(run)) {
      last = Owner.of(run);
      lastNumber = numbers.computeIfAbsent(last, _ -> ranks.size());
      if (lastNumber == ranks.size()) {
        ranks.add(last.rank());
      }
    }
    return lastNumber;
  }

  private void choose() {
    countLast();
    bytes.forEach(
        (key, size) -> {
          int cell = (int) (key % owners.length);
          int owner = (int) (key / owners.length);
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

  /**
   * The picture for a page: whose, origin, size of a cell, owners, cells as pairs of owner and
   * count; nothing is drawn after it. Of a guest's memory also the links to the host's: cell,
   * host-physical address, bytes.
   */
  public ObjectNode json() {
    choose();
    ObjectNode node = Json.object();
    node.put("machine", axis.machine());
    node.put("origin", Hex.of(origin));
    node.put("cellBytes", cellBytes);
    stretches.addTo(node.putArray("extents"));
    ArrayNode list = node.putArray("owners");
    for (Owner owner : numbers.keySet()) {
      ObjectNode one = list.addObject();
      one.put("machine", owner.machine());
      one.put("space", owner.space().toString());
      one.put("pid", owner.pid().isPresent() ? Integer.toString(owner.pid().getAsInt()) : "");
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
    if (!axis.isHost()) {
      ArrayNode array = node.putArray("links");
      links.entrySet().stream()
          .sorted(Map.Entry.<Link, Long>comparingByValue().reversed())
          .limit(MAX_LINKS)
          .sorted(Comparator.comparingInt(each -> each.getKey().cell()))
          .forEach(
              each ->
                  array
                      .add(each.getKey().cell())
                      .add(Hex.of(each.getKey().host()))
                      .add(each.getValue()));
    }
    return node;
  }
}
