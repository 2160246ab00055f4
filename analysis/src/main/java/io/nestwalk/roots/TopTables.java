package io.nestwalk.roots;

import io.nestwalk.paging.LongTable;
import io.nestwalk.paging.PagingMode;
import io.nestwalk.survey.Workers;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Separates roots from the tables below them, where nothing but the tables is known.
 *
 * <p>What maps most is looked at first, as what it means most: a table read one level too high or
 * too low may still be well-formed, but then it maps little. So each table is taken for what maps
 * most, and what lies below a root that was found is no root itself, whatever else it could mean.
 * What names itself once, as Windows' roots do, is a root for certain and goes before all others;
 * what names itself more often is none.
 */
public final class TopTables {

  private static final long PAGE = 4096;

  /** Fewer places than this are not worth a thread. */
  private static final int FEW = 16;

  private TopTables() {}

  /**
   * A root.
   *
   * @param mode the mode under which it maps most
   * @param address its address
   * @param shape what hangs below it
   */
  public record Top(PagingMode mode, long address, Shape shape) {}

  /**
   * The mode under which the tables below a root register's value map most.
   *
   * @return empty when it is a root of none
   */
  public static Optional<Top> best(long register, List<HierarchyExaminer> examiners) {
    List<Shape[]> shapes =
        examiners.stream().map(examiner -> new Shape[] {examiner.plausible(register)}).toList();
    return Optional.ofNullable(candidate(register, 0, shapes, examiners)).map(Candidate::top);
  }

  /**
   * What a place could be the root of.
   *
   * @param index the place's
   * @param shapes by examiner and index, null where they are not those of a root
   * @return null when it is none
   */
  private static Candidate candidate(
      long place, int index, List<Shape[]> shapes, List<HierarchyExaminer> examiners) {
    Candidate best = null;
    Candidate marked = null;
    for (int i = 0; i < examiners.size(); i++) {
      Shape shape = shapes.get(i)[index];
      if (shape == null) {
        continue;
      }
      HierarchyExaminer examiner = examiners.get(i);
      SelfReferences self = examiner.selfReferences(place);
      if (self == SelfReferences.SEVERAL) {
        return null;
      }
      PagingMode mode = examiner.mode();
      Candidate found = new Candidate(new Top(mode, mode.rootAt(place), shape), i, self);
      if (shape.isPlausible()) {
        best = best == null || shape.bytes() > best.bytes() ? found : best;
      } else if (self == SelfReferences.ONE) {
        marked = marked == null || shape.oddShare() < marked.top.shape.oddShare() ? found : marked;
      }
    }
    return best != null ? best : marked;
  }

  /**
   * What each examiner takes each place for, null for what is no root. An examiner goes through
   * them in their order, so that what it says depends on no thread.
   */
  private static List<Shape[]> shapes(
      long[] places, List<HierarchyExaminer> examiners, int threads) {
    int workers = Math.min(threads, examiners.size());
    if (workers == 1 || places.length < FEW) {
      return examiners.stream().map(examiner -> shapes(places, examiner)).toList();
    }
    Shape[][] shapes = new Shape[examiners.size()][];
    AtomicInteger next = new AtomicInteger();
    Callable<Void> work =
        () -> {
          for (int i = next.getAndIncrement(); i < shapes.length; i = next.getAndIncrement()) {
            shapes[i] = shapes(places, examiners.get(i));
          }
          return null;
        };
    Workers.all(Collections.nCopies(workers, work), "the search for page tables");
    return List.of(shapes);
  }

  private static Shape[] shapes(long[] places, HierarchyExaminer examiner) {
    Shape[] shapes = new Shape[places.length];
    for (int i = 0; i < places.length; i++) {
      shapes[i] = examiner.hasRootsIn(places[i]) ? examiner.plausible(places[i]) : null;
    }
    return shapes;
  }

  /**
   * The roots among tables, in the order of the tables.
   *
   * @param tables addresses of pages that could be tables, and of smaller roots
   * @param examiners one for each mode that could be, the likelier first
   * @param threads how many threads may work, at least 1
   */
  public static List<Top> among(
      Collection<Long> tables, List<HierarchyExaminer> examiners, int threads) {
    // A root of several pages may show in any of them, and its first ones may be empty.
    Map<Long, Candidate> candidates = new LinkedHashMap<>();
    long[] places = tables.stream().mapToLong(Long::longValue).toArray();
    List<Shape[]> shapes = shapes(places, examiners, threads);
    for (int i = 0; i < places.length; i++) {
      Candidate candidate = candidate(places[i], i, shapes, examiners);
      if (candidate != null) {
        candidates.merge(candidate.address(), candidate, Candidate::larger);
      }
    }
    List<Candidate> byBytes = new ArrayList<>(candidates.values());
    byBytes.sort(
        Comparator.comparing((Candidate candidate) -> candidate.self != SelfReferences.ONE)
            .thenComparingLong(candidate -> -candidate.bytes())
            .thenComparingInt(candidate -> -candidate.top.mode.levels().size()));
    Below below = new Below(examiners);
    Set<Long> tops = new HashSet<>();
    for (Candidate candidate : byBytes) {
      if (!below.contains(candidate)) {
        tops.add(candidate.address());
        below.add(candidate);
      }
    }
    return candidates.values().stream()
        .map(Candidate::top)
        .filter(top -> tops.contains(top.address))
        .toList();
  }

  /** The memory of tables that hang below roots, and of the roots' further pages. */
  private static final class Below {

    private final List<HierarchyExaminer> examiners;

    /** For each of them the tables that were seen, with their depths. */
    private final List<LongTable> seen;

    /** Addresses of tables by the tables' size. */
    private final Map<Long, LongTable> tables = new HashMap<>();

    /** Pages with roots in them that are smaller. */
    private final LongTable shared = LongTable.ofKeys();

    Below(List<HierarchyExaminer> examiners) {
      this.examiners = examiners;
      seen = examiners.stream().map(examiner -> LongTable.ofKeys()).toList();
    }

    void add(Candidate root) {
      if (root.isSmall()) {
        shared.add(root.address() & -PAGE);
      }
      HierarchyExaminer examiner = examiners.get(root.examiner);
      examiner.addTablesBelow(
          root.address(), seen.get(root.examiner), ofSize(examiner.tableBytes()));
      for (long more = PAGE; more < root.top.mode.rootBytes(); more += PAGE) {
        ofSize(PAGE).add(root.address() + more);
      }
    }

    private LongTable ofSize(long size) {
      return tables.computeIfAbsent(size, bytes -> LongTable.ofKeys());
    }

    /** Whether a candidate is no root: a table below one, or a page that small roots share. */
    boolean contains(Candidate candidate) {
      long address = candidate.address();
      if (!candidate.isSmall() && shared.contains(address)) {
        return true;
      }
      for (Map.Entry<Long, LongTable> ofSize : tables.entrySet()) {
        if (ofSize.getValue().contains(address & -ofSize.getKey())) {
          return true;
        }
      }
      return false;
    }
  }

  /**
   * A root, perhaps.
   *
   * @param examiner the index of the examiner that found it
   */
  private record Candidate(Top top, int examiner, SelfReferences self) {

    long address() {
      return top.address;
    }

    long bytes() {
      return top.shape.bytes();
    }

    boolean isSmall() {
      return top.mode.rootBytes() < PAGE;
    }

    Candidate larger(Candidate other) {
      return other.bytes() > bytes() ? other : this;
    }
  }
}
