package io.nestwalk.roots;

import io.nestwalk.survey.PageDetector;

/**
 * Recognises pages that could hold roots of AArch64 which are smaller than a page: 128 bytes for
 * addresses of 52 bits with the 4 KiB granule, 256 with 16 KiB. Linux takes them from a slab, so
 * they lie side by side, and what else is in the page is no table. A page passes when one of its
 * aligned pieces of 128 bytes holds entries that name tables, and nothing else. {@link SmallRoots}
 * shows whether these are roots.
 *
 * <p>What {@link TableDetector} lets pass is a table from end to end and is not reported here.
 */
public final class SmallArmRootDetector implements PageDetector<Long> {

  /** In words. */
  private static final int PIECE = 128 / Long.BYTES;

  /** Valid, a table, and no more but AF (see {@link Conventions}); bits 62:59 restrict rights. */
  private static final long FORM = 0x87ff_0000_0000_0bffL;

  private static final long TABLE = 3;

  /** Small numbers side by side look like entries; the addresses of tables are no multiples. */
  private static final long LOW_ADDRESS = 0xffff_f000L;

  @Override
  public String name() {
    return "arm-small-roots";
  }

  @Override
  public Scan<Long> begin() {
    return new MatchingPages(SmallArmRootDetector::holdsRoots);
  }

  private static boolean holdsRoots(long[] words) {
    boolean any = false;
    boolean all = true;
    for (int piece = 0; piece < words.length; piece += PIECE) {
      int named = tables(words, piece);
      any |= named > 0;
      all &= named >= 0;
    }
    return any && !all;
  }

  /** How many tables a piece names; negative when it holds anything else. */
  private static int tables(long[] words, int start) {
    int tables = 0;
    for (int i = start; i < start + PIECE; i++) {
      long entry = words[i];
      if (entry == 0) {
        continue;
      }
      if ((entry & FORM) != TABLE || (entry & LOW_ADDRESS) == 0) {
        return -1;
      }
      tables++;
    }
    return tables;
  }
}
