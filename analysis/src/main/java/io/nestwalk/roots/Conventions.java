package io.nestwalk.roots;

import io.nestwalk.image.Architecture;
import io.nestwalk.paging.EntryRules;
import io.nestwalk.paging.PagingMode;
import io.nestwalk.paging.PagingMode.Stage;

/**
 * Conventions: what no manual demands of table entries but every known system does. On ARM the bits
 * that separate a table from the leaf of a lowest-level table are ignored by the hardware; without
 * these conventions any page of leaves would pass for a table of tables.
 *
 * @param tableZero bits that table entries leave 0
 * @param leafZero bits that leaves leave 0
 * @param leafAny bits of which a leaf has at least one, 0 for no convention
 * @param normalMemoryOnly whether leaves are expected to name normal memory as ARM's stage 2 does,
 *     but for those of devices
 */
record Conventions(long tableZero, long leafZero, long leafAny, boolean normalMemoryOnly) {

  private static final Conventions NONE = new Conventions(0, 0, 0, false);

  private static final long ARM_VALID = 1;

  /** Bits 11:2 but for 10 (AF, which Linux may set with FEAT_HAFT). */
  private static final long ARM_TABLE_ATTRIBUTES = 0xbfcL;

  /** nG, AF and SH: a leaf that memory is accessed through has some of these. */
  private static final long ARM_LEAF_ATTRIBUTES = 0xf00L;

  /** NS: no operating system outside the secure world sets it. */
  private static final long ARM_NON_SECURE = 1L << 5;

  /** nG has no meaning in stage 2. */
  private static final long ARM_NOT_GLOBAL = 1L << 11;

  /** Bits 9:8 are address bits with LPA2. */
  private static final long ARM_LPA2_ADDRESS = 0x300L;

  /** S2AP: without it a page can neither be read nor written. */
  private static final long ARM_STAGE2_ACCESS = 0xc0L;

  private static final int ARM_MEMORY_SHIFT = 2;
  private static final int ARM_MEMORY_MASK = 0xf;

  /** MemAttr of write-back memory without FEAT_S2FWB, and with it. */
  private static final int ARM_WRITE_BACK = 0b1111;

  private static final int ARM_FORCED_WRITE_BACK = 0b0110;

  /** MemAttr of devices is less than this: without FEAT_S2FWB 00xx, with it the same. */
  private static final int ARM_DEVICES = 0b0100;

  /** U: guests' accesses are made with user rights, so no leaf of a guest stage lacks it. */
  private static final long RISCV_USER = 1L << 4;

  /** The conventions of a mode's users. */
  static Conventions of(PagingMode mode) {
    if (mode.architecture() == Architecture.RISCV64 && mode.stage() == Stage.SECOND) {
      return new Conventions(0, 0, RISCV_USER, false);
    }
    if (mode.architecture() != Architecture.AARCH64) {
      return NONE;
    }
    long address = mode.entry().tableAddress().bits();
    long belowAddress = (Long.lowestOneBit(address & -0x1000L) - 1) & -0x1000L & ~address;
    long lpa2 = address & ARM_LPA2_ADDRESS;
    long tableZero = (ARM_TABLE_ATTRIBUTES & ~lpa2) | belowAddress;
    return mode.stage() == Stage.FIRST
        ? new Conventions(tableZero, ARM_NON_SECURE, ARM_LEAF_ATTRIBUTES & ~lpa2, false)
        : new Conventions(tableZero, ARM_NOT_GLOBAL, ARM_STAGE2_ACCESS, true);
  }

  /**
   * Whether an entry is one that was made invalid and is else as it was: so Xen notes which memory
   * a guest uses ({@code p2m_invalidate_root} in xen/arch/arm/p2m.c).
   *
   * @param rules of the mode
   * @param level the entry's
   */
  boolean isInvalidated(long entry, EntryRules rules, int level) {
    if (!normalMemoryOnly || (entry & ARM_VALID) != 0) {
      return false;
    }
    long before = entry | ARM_VALID;
    return switch (rules.judge(before, level)) {
      case TABLE -> XenTables.isFilled(before);
      case LEAF -> allowsLeaf(before, true);
      case FAULT -> false;
    };
  }

  boolean allowsTable(long entry) {
    return (entry & tableZero) == 0 || (normalMemoryOnly && XenTables.isFilled(entry));
  }

  /**
   * Whether a leaf is one that systems write.
   *
   * @param inMemory whether it maps memory; devices lie elsewhere, and are mapped as such
   */
  boolean allowsLeaf(long entry, boolean inMemory) {
    if ((entry & leafZero) != 0 || (leafAny != 0 && (entry & leafAny) == 0)) {
      return false;
    }
    int memory = (int) (entry >>> ARM_MEMORY_SHIFT) & ARM_MEMORY_MASK;
    return !normalMemoryOnly
        || memory == ARM_WRITE_BACK
        || memory == ARM_FORCED_WRITE_BACK
        || (!inMemory && memory < ARM_DEVICES);
  }
}
