package io.nestwalk.roots;

import io.nestwalk.image.Memory;
import io.nestwalk.paging.PagingMode;

/**
 * What a root maps of the two halves of the address space.
 *
 * @param mode the mode of the tables, which may be one for one half alone
 * @param lower how much of the lower half, 0 for nothing
 * @param upper how much of the upper half, the kernel's
 * @param family the same number for roots with the same upper half
 * @param user whether each entry of the root allows user mode
 */
record Halves(PagingMode mode, int lower, int upper, int family, boolean user) {

  static final int ENTRIES = 512;

  /** The upper half of a root's entries belongs to the kernel and is the same in every process. */
  static final int KERNEL_HALF = ENTRIES / 2;

  /** So many leaves show whether a root is a kernel's or a process's. */
  static final int LEAF_SAMPLE = 256;

  /** What the processor or the kernel changes in an entry without meaning another table. */
  static final long ADDRESS_BITS = 0x000f_ffff_ffff_f000L;

  private static final long USER = 1L << 2;

  /** The halves of a root that has entries for both. */
  static Halves ofEntries(PagingMode mode, long table, Memory memory, EmptyEntries empty) {
    int lower = 0;
    int upper = 0;
    int family = 1;
    boolean user = true;
    long[] entries = new long[ENTRIES];
    memory.getLongs(table, entries, 0, ENTRIES, 0);
    for (int i = 0; i < ENTRIES; i++) {
      long entry = entries[i];
      boolean used = !empty.contain(entry);
      user &= !used || (entry & USER) != 0;
      if (i >= KERNEL_HALF) {
        family = 31 * family + (used ? Long.hashCode(entry & ADDRESS_BITS) : 0);
        upper += used ? 1 : 0;
      } else {
        lower += used ? 1 : 0;
      }
    }
    return new Halves(mode, lower, upper, family, user);
  }
}
