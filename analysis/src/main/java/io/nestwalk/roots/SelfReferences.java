package io.nestwalk.roots;

import io.nestwalk.image.Memory;
import io.nestwalk.paging.EntryRules;
import io.nestwalk.paging.PagingMode;
import io.nestwalk.paging.Step.Outcome;

/**
 * How often a root names itself.
 *
 * <p>Every root of Windows does so once, in the kernel's half: its page tables are seen at the
 * virtual addresses that this entry covers (the self map; since Windows 10 1607 at an index that
 * each boot chooses). No hypervisor's tables do, nor do other systems' roots; and no system does it
 * twice.
 */
enum SelfReferences {
  /** No entry names the table. */
  NONE,
  /** One does: the table is a root, and nothing below it is. */
  ONE,
  /** Several do: data that looks like a table, or was one. */
  SEVERAL;

  /** Counts those of a table that is taken for a root of {@code mode}. */
  static SelfReferences of(long table, PagingMode mode, EntryRules rules, Memory memory) {
    if (mode.stage() != PagingMode.Stage.FIRST || mode.entry().bytes() != Long.BYTES) {
      return NONE;
    }
    SelfReferences seen = NONE;
    long[] entries = new long[mode.levels().getFirst().entries()];
    memory.getLongs(table, entries, 0, entries.length, 0);
    for (long entry : entries) {
      if (mode.entry().tableAddress().in(entry) == table
          && rules.judge(entry, 0) == Outcome.TABLE) {
        if (seen == ONE) {
          return SEVERAL;
        }
        seen = ONE;
      }
    }
    return seen;
  }
}
