package io.nestwalk.roots;

import io.nestwalk.image.Memory;
import io.nestwalk.paging.PagingMode;

/**
 * Which entries of a mode's tables nobody ever filled.
 *
 * <p>Zero is empty everywhere. On x86 KVM fills the tables that it makes, nested, extended and
 * shadow ones alike, with bit 63 alone since Linux 6.9 ({@code SHADOW_NONPRESENT_VALUE} in
 * arch/x86/kvm/mmu/spte.h): in EPT that bit suppresses virtualization exceptions (Intel SDM volume
 * 3C, table 29-6), and KVM uses one value for all its tables. No bit of such an entry says where a
 * page was or went, so it counts no more than a zero.
 *
 * @param meaningful the bits that an entry which holds anything has some of
 */
public record EmptyEntries(long meaningful) {

  private static final long SUPPRESS_VE = 1L << 63;
  private static final int PAGE = 4096;

  /** The empty entries of a mode. */
  public static EmptyEntries of(PagingMode mode) {
    boolean wide = mode.entry().bytes() == Long.BYTES;
    return switch (mode.architecture()) {
      case X86, X86_64 -> new EmptyEntries(wide ? ~SUPPRESS_VE : -1L);
      case AARCH64, RISCV64 -> new EmptyEntries(-1L);
    };
  }

  /** Whether most entries of a table are empty in KVM's way: it then is one of KVM's. */
  public static boolean areSuppressed(long table, Memory memory) {
    int count = 0;
    long[] entries = new long[PAGE / Long.BYTES];
    memory.getLongs(table, entries, 0, entries.length, 0);
    for (long entry : entries) {
      count += entry == SUPPRESS_VE ? 1 : 0;
    }
    return count > PAGE / Long.BYTES / 2;
  }

  /** Whether nothing was ever written into {@code entry}. */
  public boolean contain(long entry) {
    return (entry & meaningful) == 0;
  }
}
