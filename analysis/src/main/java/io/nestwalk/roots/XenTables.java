package io.nestwalk.roots;

import io.nestwalk.image.Memory;
import io.nestwalk.paging.EntryRules;
import io.nestwalk.paging.PagingMode;
import io.nestwalk.paging.Step.Outcome;
import io.nestwalk.roots.Evidence.Source;
import java.util.Optional;

/**
 * Separates Xen's stage-2 tables on ARM from those of others. Xen fills an entry that names a table
 * as one that maps a page of ordinary memory (xen/arch/arm/p2m.c, {@code page_to_p2m_table}), since
 * the processor ignores all of it but the address; other hypervisors leave these bits 0.
 */
public final class XenTables {

  private static final long ATTRIBUTES = 0xffcL;

  /** Write-back memory (MemAttr 15) that can be read, written and shared (SH 3), accessed. */
  private static final long ORDINARY_MEMORY = 0x7fcL;

  /** XN, contiguous, DBM. */
  private static final long OTHERS = 7L << 52;

  private XenTables() {}

  /** Whether an entry that names a table holds what one for a page of ordinary memory does. */
  static boolean isFilled(long entry) {
    return (entry & ATTRIBUTES) == ORDINARY_MEMORY && (entry & OTHERS) == 0;
  }

  /**
   * What says that Xen wrote these tables.
   *
   * @param mode of stage 2
   * @param root the tables' root
   * @return empty when the root names no table, or one in another way
   */
  public static Optional<Evidence> evidence(PagingMode mode, long root, Memory memory) {
    EntryRules rules = new EntryRules(mode);
    long filled = 0;
    long example = 0;
    for (int i = 0; i < mode.levels().getFirst().entries(); i++) {
      long entry = memory.getLong(root + (long) i * Long.BYTES, 0);
      if (entry != 0 && rules.judge(entry, 0) == Outcome.TABLE) {
        if (!isFilled(entry)) {
          return Optional.empty();
        }
        filled++;
        example = entry;
      }
    }
    return filled == 0
        ? Optional.empty()
        : Optional.of(
            Evidence.of(
                Source.STRUCTURE,
                root,
                "Xen's tables: entries that name tables look like those of memory, as 0x%x"
                    .formatted(example)));
  }
}
