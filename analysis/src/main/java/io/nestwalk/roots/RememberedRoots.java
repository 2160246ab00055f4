package io.nestwalk.roots;

import io.nestwalk.paging.PagingMode;
import io.nestwalk.survey.MemoryNotes;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.LongPredicate;
import java.util.function.Supplier;

/**
 * The tops of page tables that an earlier search of one memory found, so that the next one need not
 * go through all tables that could be some. A record that lies can hide a root; it can make one
 * only of a page that passes for a table, or of what is smaller than a page, and what is below it
 * is walked whenever it is used.
 *
 * @param notes of that memory
 */
public record RememberedRoots(MemoryNotes notes) {

  /** Remembers nothing. */
  public static final RememberedRoots NONE = new RememberedRoots(MemoryNotes.NONE);

  private static final long PAGE = 4096;

  /** Numbers that tell what was searched. */
  private static final int HEADER = 2;

  /** Numbers of a root: its mode, its address, the parts of its shape. */
  private static final int WIDTH = 8;

  private static final int MULTIPLIER = 31;

  /** Those of a memory inside this one, behind the tables of {@code mode} at an address here. */
  public RememberedRoots behind(PagingMode mode, long root) {
    return behind(mode.name(), root);
  }

  /**
   * Those of a memory inside this one.
   *
   * @param kind what describes that memory
   * @param address where that stands
   */
  public RememberedRoots behind(String kind, long address) {
    return new RememberedRoots(notes.behind(kind + "@" + Long.toHexString(address)));
  }

  /**
   * What is remembered of a search among these tables, or else what the search finds, which is then
   * remembered.
   *
   * @param modes those that tables were examined for
   * @param isWhole asked after the search: one that left tables out is not remembered
   */
  List<TopTables.Top> or(
      Collection<Long> tables,
      List<PagingMode> modes,
      Supplier<List<TopTables.Top>> search,
      BooleanSupplier isWhole) {
    if (!notes.isKept()) {
      return search.get();
    }
    String subject = "roots of " + String.join(", ", names(modes));
    Optional<List<TopTables.Top>> known =
        notes.recall(subject).flatMap(numbers -> decoded(numbers, tables, modes));
    if (known.isPresent()) {
      return known.get();
    }
    List<TopTables.Top> found = search.get();
    if (isWhole.getAsBoolean()) {
      notes.keep(subject, encoded(found, tables, modes));
    }
    return found;
  }

  /**
   * The one of these tables that is something, as it is remembered, or else what the search finds,
   * which is then remembered; empty where none is.
   *
   * @param what it is
   * @param isIt whether a table is, which is asked of what is remembered
   */
  OptionalLong one(
      String what, Collection<Long> tables, LongPredicate isIt, Supplier<OptionalLong> search) {
    if (!notes.isKept()) {
      return search.get();
    }
    Optional<long[]> known = notes.recall(what).filter(numbers -> areOf(numbers, tables));
    if (known.isPresent() && known.get().length == HEADER) {
      return OptionalLong.empty();
    }
    if (known.isPresent() && known.get().length == HEADER + 1) {
      long table = known.get()[HEADER];
      if (tables.contains(table) && isIt.test(table)) {
        return OptionalLong.of(table);
      }
    }
    OptionalLong found = search.get();
    long[] numbers = new long[HEADER + (found.isPresent() ? 1 : 0)];
    numbers[0] = tables.size();
    numbers[1] = sum(tables);
    found.ifPresent(table -> numbers[HEADER] = table);
    notes.keep(what, numbers);
    return found;
  }

  /** Whether numbers begin with what names a search among these tables. */
  private static boolean areOf(long[] numbers, Collection<Long> tables) {
    return numbers.length >= HEADER && numbers[0] == tables.size() && numbers[1] == sum(tables);
  }

  private static List<String> names(List<PagingMode> modes) {
    return modes.stream().map(PagingMode::name).toList();
  }

  private static long[] encoded(
      List<TopTables.Top> tops, Collection<Long> tables, List<PagingMode> modes) {
    long[] numbers = new long[HEADER + WIDTH * tops.size()];
    numbers[0] = tables.size();
    numbers[1] = sum(tables);
    int at = HEADER;
    List<String> names = names(modes);
    for (TopTables.Top top : tops) {
      Shape shape = top.shape();
      numbers[at++] = names.indexOf(top.mode().name());
      numbers[at++] = top.address();
      numbers[at++] = shape.tables();
      numbers[at++] = shape.leaves();
      numbers[at++] = shape.bytes();
      numbers[at++] = shape.outside();
      numbers[at++] = shape.absent();
      numbers[at++] = shape.junk();
    }
    return numbers;
  }

  /** Empty when they are not of a search among these tables. */
  private static Optional<List<TopTables.Top>> decoded(
      long[] numbers, Collection<Long> tables, List<PagingMode> modes) {
    if (!areOf(numbers, tables) || (numbers.length - HEADER) % WIDTH != 0) {
      return Optional.empty();
    }
    Set<Long> pages = new HashSet<>();
    tables.forEach(table -> pages.add(table & -PAGE));
    List<TopTables.Top> tops = new ArrayList<>();
    for (int at = HEADER; at < numbers.length; at += WIDTH) {
      if (numbers[at] < 0 || numbers[at] >= modes.size()) {
        return Optional.empty();
      }
      PagingMode mode = modes.get((int) numbers[at]);
      long root = numbers[at + 1];
      Shape shape =
          new Shape(
              numbers[at + 2],
              numbers[at + 3],
              numbers[at + 4],
              numbers[at + 5],
              numbers[at + 6],
              numbers[at + 7]);
      if (mode.rootAt(root) != root
          || !isTable(root, mode, pages)
          || !shape.isPlausibleWithMark()) {
        return Optional.empty();
      }
      tops.add(new TopTables.Top(mode, root, shape));
    }
    return Optional.of(tops);
  }

  /**
   * Whether a page of a root was taken for a table; a small root is named by what lies elsewhere.
   */
  private static boolean isTable(long root, PagingMode mode, Set<Long> pages) {
    boolean any = mode.rootBytes() < PAGE;
    for (long page = 0; page < mode.rootBytes(); page += PAGE) {
      any |= pages.contains(root + page);
    }
    return any;
  }

  private static long sum(Collection<Long> tables) {
    long sum = 0;
    for (long table : tables) {
      sum = sum * MULTIPLIER + table;
    }
    return sum;
  }
}
