package io.nestwalk.paging;

/** Is shown the pages that a hierarchy maps. */
@FunctionalInterface
public interface LeafVisitor {

  /**
   * A mapped page.
   *
   * @param address its input address
   * @param target its output address
   * @param pageShift log2 of its size
   * @param permissions what may be done with it, as in {@link Permissions}
   * @return false to stop
   */
  boolean leaf(long address, long target, int pageShift, int permissions);

  /**
   * What hangs below a table that was shown already, at another address and with the same rights:
   * nothing new. Page tables that name themselves or each other would be shown for ever.
   *
   * @param address the first input address
   * @param shift log2 of how many bytes of input address the table stands for
   * @param like the first input address below the same table where it was shown
   * @param permissions what may be done with it at most, as in {@link Permissions}
   * @return false to stop
   */
  default boolean mirror(long address, int shift, long like, int permissions) {
    return true;
  }

  /**
   * A mapped page with the entry that maps it, for who wants more of it than its rights.
   *
   * @param entry its value
   * @return false to stop
   */
  default boolean leaf(long address, long target, int pageShift, int permissions, long entry) {
    return leaf(address, target, pageShift, permissions);
  }

  /**
   * An entry that is present, and that a processor refuses.
   *
   * @param address the first input address that it stands for
   * @param shift log2 of how many bytes of input address those are
   * @param entry its value
   * @param fault what a walk through it ends in
   * @return false to stop
   */
  default boolean refused(long address, int shift, long entry, Fault fault) {
    return true;
  }
}
