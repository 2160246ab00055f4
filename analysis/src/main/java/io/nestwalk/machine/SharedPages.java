package io.nestwalk.machine;

import io.nestwalk.memory.Budget;
import io.nestwalk.memory.Layer;
import io.nestwalk.memory.PageRuns;
import io.nestwalk.paging.Permissions;
import io.nestwalk.system.GuestSystem;
import io.nestwalk.system.PageKind;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

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

  /** Of so many pages the host is asked what they are. */
  private static final long MOST_ASKED = 1 << 20;

  /** Runs are divided by what their pages are into so many more. */
  private static final long MOST_DIVIDED = 1 << 17;

  private final int mostPieces;
  private final long mostWork;
  private final List<Piece> pieces = new ArrayList<>();
  private final boolean withinToo;
  private final List<Run> runs = new ArrayList<>();
  private final List<Run> within = new ArrayList<>();
  private final Set<String> compared = new TreeSet<>();
  private final Map<String, String> omitted = new TreeMap<>();
  private Optional<String> cut = Optional.empty();

  private SharedPages(boolean withinToo, int mostPieces, long mostWork) {
    this.withinToo = withinToo;
    this.mostPieces = mostPieces;
    this.mostWork = mostWork;
  }

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
   * @param owners the guests, by name; a single one that has it at several places
   * @param kind what it is to the system of the machine that runs them, where that was asked
   */
  public record Run(long host, long length, List<Owner> owners, Optional<PageKind> kind) {

    /** Copies the list. */
    public Run {
      owners = List.copyOf(owners);
    }

    /** Whether more than one guest may write it: a way from one into the other. */
    public boolean isOpen() {
      return owners.stream()
              .filter(owner -> (owner.permissions() & Permissions.WRITE) != 0)
              .limit(2)
              .count()
          > 1;
    }

    private Run part(long offset, long bytes, Optional<PageKind> told) {
      List<Owner> moved =
          owners.stream()
              .map(
                  owner ->
                      new Owner(
                          owner.machine,
                          owner.places.stream().map(place -> place + offset).toList(),
                          owner.count,
                          owner.permissions))
              .toList();
      return new Run(host + offset, bytes, moved, told);
    }
  }

  /**
   * Sums of runs with the same owners and of the same kind.
   *
   * @param guests the owners, by name
   * @param kind what the pages are, where that is known
   * @param bytes of the host
   * @param guestBytes of all owners' physical memory that these are
   * @param openBytes of the host that more than one owner may write
   */
  public record Sum(
      List<String> guests, Optional<PageKind> kind, long bytes, long guestBytes, long openBytes) {

    /** Copies the list. */
    public Sum {
      guests = List.copyOf(guests);
    }

    private Sum plus(Run run) {
      long places = run.owners.stream().mapToLong(Owner::count).sum();
      return new Sum(
          guests,
          kind,
          bytes + run.length,
          guestBytes + places * run.length,
          openBytes + (run.isOpen() ? run.length : 0));
    }
  }

  /**
   * What guests of a machine share.
   *
   * @param runs what several have, in ascending order of host-physical address
   * @param within what one guest alone has, at several places of its own; none where it was not
   *     asked for
   * @param compared the guests that were compared, by name; none where only one could be
   * @param omitted guests that were not compared, or in part, with the reason
   * @param cut why the rest of the memory was not compared, where a limit ended the comparison
   * @param untold of what the host was not asked any more, where a limit ended the questions
   */
  public record Result(
      List<Run> runs,
      List<Run> within,
      Set<String> compared,
      Map<String, String> omitted,
      Optional<String> cut,
      Optional<String> untold) {

    /** Copies the collections. */
    public Result {
      runs = List.copyOf(runs);
      within = List.copyOf(within);
      compared = Set.copyOf(compared);
      omitted = Map.copyOf(omitted);
    }

    /** What was not compared and why; empty where all was. */
    public Optional<String> obstacle() {
      List<String> gaps = gaps();
      return gaps.isEmpty() ? Optional.empty() : Optional.of(String.join("; ", gaps));
    }

    /**
     * The same with what each page is to the system of the machine that runs the guests. Known
     * where that is the host: the addresses of runs are its own.
     */
    public Result told(Machine parent) {
      return told(parent, MOST_ASKED, MOST_DIVIDED);
    }

    /** The same within other limits. */
    Result told(Machine parent, long mostAsked, long mostDivided) {
      Optional<GuestSystem> system = parent.parent().isEmpty() ? parent.system() : Optional.empty();
      if (system.isEmpty()) {
        return this;
      }
      Telling telling = new Telling(system.get(), mostAsked, mostDivided);
      return new Result(
          telling.told(runs), telling.told(within), compared, omitted, cut, telling.untold());
    }

    /** Sums by owners and kind, those of several guests first, then the largest first. */
    public List<Sum> sums() {
      Map<List<Object>, Sum> sums = new LinkedHashMap<>();
      for (List<Run> list : List.of(runs, within)) {
        for (Run run : list) {
          List<String> guests = run.owners.stream().map(Owner::machine).toList();
          sums.merge(
              List.of(guests, run.kind),
              new Sum(guests, run.kind, 0, 0, 0).plus(run),
              (sum, _) -> sum.plus(run));
        }
      }
      return sums.values().stream()
          .sorted(
              Comparator.comparing((Sum sum) -> sum.guests.size() < 2)
                  .thenComparing(Sum::bytes, Comparator.reverseOrder()))
          .toList();
    }

    /** What was not compared, a line each. */
    public List<String> gaps() {
      List<String> lines = new ArrayList<>();
      new TreeMap<>(omitted).forEach((guest, reason) -> lines.add(guest + ": " + reason));
      cut.ifPresent(lines::add);
      untold.ifPresent(lines::add);
      return List.copyOf(lines);
    }
  }

  /** Divides runs by what their pages are to a system. */
  private static final class Telling {

    private final GuestSystem system;
    private final Budget asked;
    private final Budget divided;
    private Optional<String> untold = Optional.empty();

    Telling(GuestSystem system, long mostAsked, long mostDivided) {
      this.system = system;
      asked = Budget.of(mostAsked);
      divided = Budget.of(mostDivided);
    }

    Optional<String> untold() {
      return untold;
    }

    List<Run> told(List<Run> runs) {
      List<Run> told = new ArrayList<>();
      for (Run run : runs) {
        long start = 0;
        Optional<PageKind> kind = Optional.empty();
        long offset = 0;
        for (; offset < run.length && !divided.isSpent() && asked.take(); offset += Layer.PAGE) {
          Optional<PageKind> next = system.kindOf(run.host + offset);
          if (!next.equals(kind) && offset > start) {
            told.add(run.part(start, offset - start, kind));
            divided.take();
            start = offset;
          }
          kind = next;
        }
        long end = Math.min(offset, run.length);
        if (end > start) {
          told.add(run.part(start, end - start, kind));
        }
        if (run.length > end) {
          told.add(run.part(end, run.length - end, Optional.empty()));
          if (untold.isEmpty()) {
            untold =
                Optional.of(
                    "what pages are was asked of %d, not from 0x%x on: too many are shared"
                        .formatted(asked.taken(), run.host + end));
          }
        }
      }
      return told;
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
    return of(machines, parent, /* withinToo= */ false, MOST_PIECES, MOST_WORK);
  }

  /**
   * The same, and what single guests have at several places of their own: pages that were merged
   * within one guest, which a host with a single guest has too.
   */
  public static Result alsoWithin(Machines machines, Machine parent) {
    return of(machines, parent, /* withinToo= */ true, MOST_PIECES, MOST_WORK);
  }

  /** The same within other limits. */
  static Result of(
      Machines machines, Machine parent, boolean withinToo, int mostPieces, long mostWork) {
    SharedPages shared = new SharedPages(withinToo, mostPieces, mostWork);
    List<Machine> guests = machines.guestsOf(parent.id());
    if (guests.size() > 1 || withinToo) {
      guests.forEach(shared::gather);
    }
    if (shared.compared.size() > 1 || withinToo) {
      shared.compare();
    }
    if (shared.compared.size() < 2) {
      shared.compared.forEach(
          guest -> shared.omitted.put(guest, "there is no other guest to compare it with"));
      shared.compared.clear();
    }
    return new Result(
        shared.runs, shared.within, shared.compared, shared.omitted, shared.cut, Optional.empty());
  }

  private void gather(Machine guest) {
    if (guest.secondLevel().identity() != SecondLevel.Identity.NONE) {
      omitted.put(guest.id(), "it is lent nearly all memory of its host, that of others among it");
      return;
    }
    if (guest.physicalLayer().isEmpty()) {
      omitted.put(guest.id(), "no memory of it is known");
      return;
    }
    compared.add(guest.id());
    boolean[] full = {false};
    boolean complete =
        PageRuns.forEach(
                guest.physicalLayer().get(),
                Budget.forSpace(guest.physical()),
                run -> {
                  if (pieces.size() >= mostPieces) {
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
      omitted.put(guest.id(), "in part: its memory is in more pieces than are compared");
    }
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
        if (work > mostWork) {
          cut =
              Optional.of(
                  "in part: too much is shared; host-physical memory from 0x%x on was not compared"
                      .formatted(from));
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
    if (machines.size() < 2 && !withinToo) {
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
    Run run = new Run(host, length, List.copyOf(owners.values()), Optional.empty());
    List<Run> list = owners.size() < 2 ? within : runs;
    if (!list.isEmpty() && continues(list.getLast(), run)) {
      Run last = list.removeLast();
      run = new Run(last.host, last.length + length, last.owners, Optional.empty());
    }
    list.add(run);
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
