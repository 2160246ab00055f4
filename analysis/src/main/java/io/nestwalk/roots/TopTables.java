package io.nestwalk.roots;

import io.nestwalk.paging.PagingMode;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Tells roots from the tables below them, where nothing but the tables is known.
 *
 * <p>What maps most is looked at first, as what it means most: a table read one level too high or
 * too low may still be well-formed, but then it maps little. So each table is taken for what maps
 * most, and what lies below a root that was found is no root itself, whatever else it could mean.
 */
public final class TopTables {

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
    for (HierarchyExaminer examiner : examiners) {
      Shape shape = examiner.examine(register);
      if (shape.isPlausible() && (best == null || shape.bytes() > best.bytes())) {
        PagingMode mode = examiner.mode();
        best = new Candidate(new Top(mode, mode.rootOf(register), shape), examiner);
      }
    }
    return Optional.ofNullable(best);
  }

  /**
   * The roots among tables, in the order of the tables.
   *
   * @param tables addresses of pages that could be tables
   * @param examiners one for each mode that could be, the likelier first
   */
  public static List<Top> among(Collection<Long> tables, List<HierarchyExaminer> examiners) {
    List<Candidate> candidates = new ArrayList<>();
    for (long table : tables) {
      candidate(table, examiners).filter(c -> c.address() == table).ifPresent(candidates::add);
    }
    List<Candidate> byBytes = new ArrayList<>(candidates);
    byBytes.sort(Comparator.comparingLong(candidate -> -candidate.bytes()));
    Set<Long> below = new HashSet<>();
    Set<Long> tops = new HashSet<>();
    Map<HierarchyExaminer, Set<Long>> seen = new HashMap<>();
    for (Candidate candidate : byBytes) {
      if (!below.contains(candidate.address())) {
        tops.add(candidate.address());
        candidate.examiner.addTablesBelow(
            candidate.address(),
            seen.computeIfAbsent(candidate.examiner, examiner -> new HashSet<>()),
            below);
      }
    }
    return candidates.stream().map(Candidate::top).filter(t -> tops.contains(t.address)).toList();
  }

  private record Candidate(Top top, HierarchyExaminer examiner) {

    long address() {
      return top.address;
    }

    long bytes() {
      return top.shape.bytes();
    }
  }
}
