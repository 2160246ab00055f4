package io.nestwalk.roots;

import io.nestwalk.paging.Level;
import io.nestwalk.paging.PagingMode;
import io.nestwalk.survey.PageDetector;

/**
 * Recognises pages that could be an upper table of a mode with 8-byte entries: every entry is empty
 * or names a table by the mode's rules. Where the tables lie is not asked, since a guest's tables
 * name guest-physical addresses. Lowest-level tables pass too when their leaves look like table
 * entries; {@link HierarchyExaminer} separates them.
 */
public final class TableDetector implements PageDetector<Long> {

  private final String name;
  private final long mask;
  private final long value;
  private final EmptyEntries empty;

  /** A detector of tables that could be the root or near the root of {@code mode}. */
  public TableDetector(PagingMode mode) {
    name = "tables of " + mode.name();
    Level root = mode.levels().getFirst();
    // What is not empty must be a table and nothing else.
    long present = Long.lowestOneBit(mode.entry().presentMask());
    long leaf = mode.entry().leafMask();
    mask = present | leaf | root.tableReserved() | Conventions.of(mode).tableZero();
    empty = EmptyEntries.of(mode);
    value = present | (mode.entry().leafWhenSet() ? 0 : leaf);
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public Scan<Long> begin() {
    return new MatchingPages(this::isTable);
  }

  private boolean isTable(long[] words) {
    boolean used = false;
    for (long entry : words) {
      // Most are zero, which is told without a call: a short question ends before this is compiled.
      if (entry == 0 || empty.contain(entry)) {
        continue;
      }
      if ((entry & mask) != value) {
        return false;
      }
      used = true;
    }
    return used;
  }
}
