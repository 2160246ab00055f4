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
}
