package io.nestwalk.roots;

import io.nestwalk.paging.ArmModes;
import io.nestwalk.paging.ArmModes.Granule;
import io.nestwalk.paging.ArmModes.OutputSize;
import io.nestwalk.paging.EntryRules;
import io.nestwalk.paging.PagingMode;
import io.nestwalk.paging.Step.Outcome;
import io.nestwalk.survey.PageDetector;

/**
 * Recognises pages that could be a start-level table of ARM's stage 2 in a form that first-stage
 * tables do not have: every entry is 0, names a table or maps a block of normal memory, and some do
 * the latter or name a table as Xen does. A guest whose addresses have few bits needs no table
 * above blocks (Arm Architecture Reference Manual, D8.2.2).
 *
 * <p>What {@link TableDetector} lets pass has neither and is not reported here again.
 */
public final class StageTwoBlockDetector implements PageDetector<Long> {

  /** The smallest blocks, 2 MiB, demand least of an address: larger ones pass as well. */
  private static final PagingMode SMALLEST =
      ArmModes.stage2(Granule.KIB_4, 30, 2, OutputSize.BITS_48);

  private final EntryRules rules = new EntryRules(SMALLEST);
  private final Conventions conventions = Conventions.of(SMALLEST);

  @Override
  public String name() {
    return "arm-stage2-blocks-or-xen";
  }

  @Override
  public Scan<Long> begin() {
    return new MatchingPages(this::isSpecial);
  }

  private boolean isSpecial(long[] words) {
    boolean special = false;
    for (long entry : words) {
      if (entry == 0 || conventions.isInvalidated(entry, rules, 0)) {
        continue;
      }
      Outcome outcome = rules.judge(entry, 0);
      if (outcome == Outcome.LEAF && conventions.allowsLeaf(entry, true)) {
        special = true;
      } else if (outcome == Outcome.TABLE && conventions.allowsTable(entry)) {
        special |= XenTables.isFilled(entry);
      } else {
        return false;
      }
    }
    return special;
  }
}
