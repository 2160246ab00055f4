package io.nestwalk.roots;

import io.nestwalk.image.Memory;
import io.nestwalk.paging.EntryRules;
import io.nestwalk.paging.PagingMode;
import io.nestwalk.paging.Step.Outcome;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Roots that are smaller than a page, found from below: such a root holds so little that its form
 * shows nothing, but it names a table that would else pass for a root with one level less.
 */
final class SmallRoots {

  private static final int PAGE = 4096;

  private SmallRoots() {}

  /**
   * Where in pages the roots could stand that name one of the tables.
   *
   * @param tops tables that no other names, as far as is known
   * @param pages which could hold small roots
   * @param modes those that could be; only those with small roots are looked at
   * @return addresses, without those of whole pages
   */
  static List<Long> naming(
      List<TopTables.Top> tops, Collection<Long> pages, List<PagingMode> modes, Memory memory) {
    Set<Long> named = new HashSet<>();
    tops.forEach(top -> named.add(top.address()));
    Set<Long> found = new HashSet<>();
    for (PagingMode mode : modes) {
      if (mode.rootBytes() < PAGE) {
        EntryRules rules = new EntryRules(mode);
        long step = Math.max(mode.rootAlignment(), mode.rootBytes());
        for (long page : pages) {
          for (long root = page; root < page + PAGE; root += step) {
            if (root != page && namesOne(mode, rules, root, named, memory)) {
              found.add(root);
            }
          }
        }
      }
    }
    List<Long> sorted = new ArrayList<>(found);
    sorted.sort(null);
    return sorted;
  }

  private static boolean namesOne(
      PagingMode mode, EntryRules rules, long root, Set<Long> tables, Memory memory) {
    for (long i = root; i < root + mode.rootBytes(); i += Long.BYTES) {
      long entry = memory.getLong(i, 0);
      if (entry != 0
          && rules.judge(entry, 0) == Outcome.TABLE
          && tables.contains(mode.entry().tableAddress().in(entry))) {
        return true;
      }
    }
    return false;
  }
}
