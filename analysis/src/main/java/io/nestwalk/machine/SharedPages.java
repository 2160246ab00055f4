package io.nestwalk.machine;

import io.nestwalk.memory.Budget;
import io.nestwalk.memory.PageRuns;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;

/**
 * Host-physical memory that more than one guest of the same machine has: pages that the host has
 * merged because they were alike (KSM), memory of devices or that guests share on purpose, and what
 * a guest should not have. Works by runs of pages, never page by page.
 */
public final class SharedPages {

  /** Of all guests of a machine together. */
  private static final int MOST_PIECES = 1 << 21;

  /** How much work the comparison may be: pieces at a place, summed over all places. */
  private static final long MOST_WORK = 1L << 26;

  /** So many places of one guest are named. */
  private static final int MOST_PLACES = 8;

  private final List<Piece> pieces = new ArrayList<>();
  private final List<Run> runs = new ArrayList<>();
  private final List<String> omitted = new ArrayList<>();

  private SharedPages() {}

  /**
   * Where a guest has the memory.
   *
   * @param machine the guest
   * @param places guest-physical addresses of it, ascending; the first ones when they are many
   * @param count how many places there are
   * @param permissions what the guest may do in at least one of them, as in {@link
   *     io.nestwalk.paging.Permissions}
   */
  public record Owner(String machine, List<Long> places, long count, int permissions) {

    /** Copies the list. */
    public Owner {
      places = List.copyOf(places);
    }
  }

  /**
   * A run of pages with the same owners throughout.
   *
   * @param host its host-physical address
   * @param length in bytes
   * @param owners two guests or more, by name
   */
  public record Run(long host, long length, List<Owner> owners) {

    /** Copies the list. */
    public Run {
      owners = List.copyOf(owners);
    }
  }

  /**
   * What guests of a machine share.
   *
   * @param runs in ascending order of host-physical address
   * @param guests how many guests were compared
   * @param omitted what could not be compared, a reason each
   */
  public record Result(List<Run> runs, int guests, List<String> omitted) {

    /** Copies the lists. */
    public Result {
      runs = List.copyOf(runs);
      omitted = List.copyOf(omitted);
    }
  }

  /** A run of one guest's. */
  private record Piece(String machine, long guest, long host, long length, int permissions) {
    long end() {
      return host + length;
    }
  }

  /** What the guests that run on a machine share. */
  public static Result of(Machines machines, Machine parent) {
    SharedPages shared = new SharedPages();
    List<Machine> guests =
        machines.all().stream()
            .filter(each -> each.parent().filter(parent.id()::equals).isPresent())
            // Two systems of one memory share all of it by nature.
            .filter(each -> each.sameMemoryAs().isEmpty())
            .toList();
    int compared = 0;
    if (guests.size() > 1) {
      for (Machine guest : guests) {
        compared += shared.gather(guest) ? 1 : 0;
      }
      shared.compare();
    }
    return new Result(shared.runs, compared, shared.omitted);
  }

  private boolean gather(Machine guest) {
    if (guest.physicalLayer().isEmpty()) {
      omitted.add("%s: no memory of it is known".formatted(guest.id()));
      return false;
    }
    boolean[] full = {false};
    boolean complete =
        PageRuns.forEach(
                guest.physicalLayer().get(),
                Budget.forSpace(guest.physical()),
                run -> {
                  if (pieces.size() >= MOST_PIECES) {
                    full[0] = true;
                  } else if (run.lowest() != PageRuns.NOT_MAPPED) {
                    pieces.add(
                        new Piece(
                            guest.id(),
                            run.start(),
                            run.lowest(),
                            run.length(),
                            run.permissions()));
                  }
                })
            .complete();
    if (!complete || full[0]) {
      omitted.add("%s: its memory is in more pieces than are compared".formatted(guest.id()));
    }
    return true;
  }

  /** Goes through all borders of pieces in ascending order, with those that lie across. */
  private void compare() {
    pieces.sort(Comparator.comparing(Piece::host, Long::compareUnsigned));
    // Those that have begun, by where they end.
    NavigableMap<Long, List<Piece>> open = new TreeMap<>(Long::compareUnsigned);
    long work = 0;
    long across = 0;
    long from = 0;
    int next = 0;
    while (next < pieces.size() || !open.isEmpty()) {
      boolean begins =
          next < pieces.size()
              && (open.isEmpty()
                  || Long.compareUnsigned(pieces.get(next).host, open.firstKey()) < 0);
      long border = begins ? pieces.get(next).host : open.firstKey();
      if (border != from && across > 1) {
        work += across;
        if (work > MOST_WORK) {
          omitted.add(
              "host-physical memory from 0x%x on: too much of it is shared".formatted(from));
          return;
        }
        add(from, border - from, open);
      }
      from = border;
      if (begins) {
        Piece piece = pieces.get(next++);
        open.computeIfAbsent(piece.end(), _ -> new ArrayList<>()).add(piece);
        across++;
      } else {
        across -= open.pollFirstEntry().getValue().size();
      }
    }
  }

  private void add(long host, long length, Map<Long, List<Piece>> open) {
    Set<String> machines = new HashSet<>();
    open.values().forEach(list -> list.forEach(piece -> machines.add(piece.machine)));
    if (machines.size() < 2) {
      return;
    }
    Map<String, List<Piece>> byMachine = new TreeMap<>();
    open.values()
        .forEach(
            list ->
                list.forEach(
                    piece ->
                        byMachine
                            .computeIfAbsent(piece.machine, _ -> new ArrayList<>())
                            .add(piece)));
    Map<String, Owner> owners = new LinkedHashMap<>();
    byMachine.forEach(
        (machine, own) ->
            owners.put(
                machine,
                new Owner(
                    machine,
                    own.stream()
                        .map(piece -> piece.guest + (host - piece.host))
                        .sorted(Long::compareUnsigned)
                        .limit(MOST_PLACES)
                        .toList(),
                    own.size(),
                    own.stream().mapToInt(Piece::permissions).reduce(0, (a, b) -> a | b))));
    Run run = new Run(host, length, List.copyOf(owners.values()));
    if (!runs.isEmpty() && continues(runs.getLast(), run)) {
      Run last = runs.removeLast();
      run = new Run(last.host, last.length + length, last.owners);
    }
    runs.add(run);
  }

  private static boolean continues(Run run, Run next) {
    if (run.host + run.length != next.host || run.owners.size() != next.owners.size()) {
      return false;
    }
    for (int i = 0; i < run.owners.size(); i++) {
      Owner one = run.owners.get(i);
      Owner other = next.owners.get(i);
      List<Long> expected = one.places.stream().map(place -> place + run.length).toList();
      if (!one.machine.equals(other.machine)
          || one.count != other.count
          || one.permissions != other.permissions
          || !expected.equals(other.places)) {
        return false;
      }
    }
    return true;
  }
}
