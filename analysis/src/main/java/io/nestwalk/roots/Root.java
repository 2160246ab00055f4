package io.nestwalk.roots;

import io.nestwalk.paging.PagingMode;
import java.util.ArrayList;
import java.util.List;

/**
 * A page-table root and how it is known.
 *
 * @param mode the tables' mode
 * @param address the root table's physical address in the machine that holds the tables
 * @param evidence what speaks for it and against it, in the order in which it was found
 */
public record Root(PagingMode mode, long address, List<Evidence> evidence) {

  /** Copies the evidence. */
  public Root {
    evidence = List.copyOf(evidence);
  }

  /** How many independent sources confirm the root. */
  public long sources() {
    return evidence.stream().filter(Evidence::confirms).map(Evidence::source).distinct().count();
  }

  /** Whether something speaks against it. */
  public boolean isContradicted() {
    return !evidence.stream().allMatch(Evidence::confirms);
  }

  /** Whether enough independent sources confirm it, and none contradicts, to call it a fact. */
  public boolean isConfirmed() {
    return sources() >= 2 && !isContradicted();
  }

  /** The same root with more evidence. */
  public Root with(Evidence more) {
    List<Evidence> all = new ArrayList<>(evidence);
    all.add(more);
    return new Root(mode, address, all);
  }
}
