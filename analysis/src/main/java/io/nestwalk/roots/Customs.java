package io.nestwalk.roots;

import io.nestwalk.image.Architecture;
import io.nestwalk.paging.PagingMode;
import io.nestwalk.paging.PagingMode.Stage;

/**
 * What no manual demands of table entries but every known system does. On ARM the bits that tell a
 * table from the leaf of a lowest-level table are ignored by the hardware; without these customs
 * any page of leaves would pass for a table of tables.
 *
 * @param tableZero bits that table entries leave 0
 * @param leafZero bits that leaves leave 0
 * @param leafAny bits of which a leaf has at least one, 0 for no custom
 * @param normalMemoryOnly whether leaves are expected to name normal memory as ARM's stage 2 does
 */
record Customs(long tableZero, long leafZero, long leafAny, boolean normalMemoryOnly) {

  private static final Customs NONE = new Customs(0, 0, 0, false);

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

  /** The customs of a mode's users. */
  static Customs of(PagingMode mode) {
    if (mode.architecture() != Architecture.AARCH64) {
      return NONE;
    }
    long address = mode.entry().tableAddress().bits();
    long belowAddress = (Long.lowestOneBit(address & -0x1000L) - 1) & -0x1000L & ~address;
    long lpa2 = address & ARM_LPA2_ADDRESS;
    long tableZero = (ARM_TABLE_ATTRIBUTES & ~lpa2) | belowAddress;
    return mode.stage() == Stage.FIRST
        ? new Customs(tableZero, ARM_NON_SECURE, ARM_LEAF_ATTRIBUTES & ~lpa2, false)
        : new Customs(tableZero, ARM_NOT_GLOBAL, ARM_STAGE2_ACCESS, true);
  }

  boolean allowsTable(long entry) {
    return (entry & tableZero) == 0;
  }

  boolean allowsLeaf(long entry) {
    if ((entry & leafZero) != 0 || (leafAny != 0 && (entry & leafAny) == 0)) {
      return false;
    }
    int memory = (int) (entry >>> ARM_MEMORY_SHIFT) & ARM_MEMORY_MASK;
    return !normalMemoryOnly || memory == ARM_WRITE_BACK || memory == ARM_FORCED_WRITE_BACK;
  }
}
