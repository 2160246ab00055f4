package io.nestwalk.roots;

import io.nestwalk.paging.PagingMode;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

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
    return candidate(register, examiners).map(Candidate::top);
  }

  private static Optional<Candidate> candidate(long register, List<HierarchyExaminer> examiners) {
    Candidate best = null;
    Candidate marked = null;
    for (HierarchyExaminer examiner : examiners) {
      Shape shape = examiner.examine(register);
      if (!shape.isPlausibleWithMark()) {
        continue;
      }
      SelfReferences self = examiner.selfReferences(register);
      if (self == SelfReferences.SEVERAL) {
        return Optional.empty();
      }
      PagingMode mode = examiner.mode();
      Candidate found = new Candidate(new Top(mode, mode.rootAt(register), shape), examiner, self);
      if (shape.isPlausible()) {
        best = best == null || shape.bytes() > best.bytes() ? found : best;
      } else if (self == SelfReferences.ONE) {
        marked = marked == null || shape.oddShare() < marked.top.shape.oddShare() ? found : marked;
      }
    }
    return Optional.ofNullable(best != null ? best : marked);
  }

  /** The modes that have roots where {@code place} lies: at its start, or over several pages. */
  private static List<HierarchyExaminer> possible(long place, List<HierarchyExaminer> examiners) {
    return examiners.stream()
        .filter(
            examiner -> {
              PagingMode mode = examiner.mode();
              return mode.rootAt(place) == place || mode.rootBytes() > PAGE;
            })
        .toList();
  }

  /**
   * The roots among tables, in the order of the tables.
   *
   * @param tables addresses of pages that could be tables, and of smaller roots
   * @param examiners one for each mode that could be, the likelier first
   */
  public static List<Top> among(Collection<Long> tables, List<HierarchyExaminer> examiners) {
    // A root of several pages may show in any of them, and its first ones may be empty.
    Map<Long, Candidate> candidates = new LinkedHashMap<>();
    for (long table : tables) {
      candidate(table, possible(table, examiners))
          .ifPresent(c -> candidates.merge(c.address(), c, Candidate::larger));
    }
    List<Candidate> byBytes = new ArrayList<>(candidates.values());
    byBytes.sort(
        Comparator.comparing((Candidate candidate) -> candidate.self != SelfReferences.ONE)
            .thenComparingLong(candidate -> -candidate.bytes())
            .thenComparingInt(candidate -> -candidate.top.mode.levels().size()));
    Below below = new Below();
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

    /** Addresses of tables by the tables' size. */
    private final Map<Long, Set<Long>> tables = new HashMap<>();

    private final Map<HierarchyExaminer, Set<Long>> seen = new HashMap<>();

    /** Pages with roots in them that are smaller. */
    private final Set<Long> shared = new HashSet<>();

    void add(Candidate root) {
      if (root.isSmall()) {
        shared.add(root.address() & -PAGE);
      }
      long size = root.examiner.tableBytes();
      Set<Long> ofSize = tables.computeIfAbsent(size, bytes -> new HashSet<>());
      root.examiner.addTablesBelow(
          root.address(), seen.computeIfAbsent(root.examiner, examiner -> new HashSet<>()), ofSize);
      for (long more = PAGE; more < root.top.mode.rootBytes(); more += PAGE) {
        tables.computeIfAbsent(PAGE, bytes -> new HashSet<>()).add(root.address() + more);
      }
    }

    /** Whether a candidate is no root: a table below one, or a page that small roots share. */
    boolean contains(Candidate candidate) {
      long address = candidate.address();
      if (!candidate.isSmall() && shared.contains(address)) {
        return true;
      }
      for (Map.Entry<Long, Set<Long>> ofSize : tables.entrySet()) {
        if (ofSize.getValue().contains(address & -ofSize.getKey())) {
          return true;
        }
      }
      return false;
    }
  }

  private record Candidate(Top top, HierarchyExaminer examiner, SelfReferences self) {

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
