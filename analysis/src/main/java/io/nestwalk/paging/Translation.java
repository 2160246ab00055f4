package io.nestwalk.paging;

/**
 * The result of a fast walk in one {@code long}, so that no object is made per translation: the
 * output address in bits 55:0 (no architecture has more), the page's size as a power of two in bits
 * 61:56; negative for a fault.
 */
public final class Translation {

  private static final int SIZE_SHIFT = 56;
  private static final long ADDRESS_MASK = (1L << SIZE_SHIFT) - 1;

  private Translation() {}

  /** Packs an output address of at most 56 bits and the log2 of its page's size. */
  public static long of(long address, int pageShift) {
    return ((long) pageShift << SIZE_SHIFT) | (address & ADDRESS_MASK);
  }

  /** A walk that ended in {@code fault}. */
  public static long of(Fault fault) {
    return fault.code();
  }

  /** Whether the walk ended without a page. */
  public static boolean isFault(long translation) {
    return translation < 0;
  }

  /** Why; only for a translation that {@linkplain #isFault is a fault}. */
  public static Fault fault(long translation) {
    return Fault.ofCode(translation);
  }

  /** The output address. */
  public static long address(long translation) {
    return translation & ADDRESS_MASK;
  }

  /** The log2 of the page's size. */
  public static int pageShift(long translation) {
    return (int) (translation >>> SIZE_SHIFT) & 63;
  }

  /** The page's size in bytes. */
  public static long pageSize(long translation) {
    return 1L << pageShift(translation);
  }
}
