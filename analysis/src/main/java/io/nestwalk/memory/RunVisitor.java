package io.nestwalk.memory;

/** Is shown what one layer maps. */
@FunctionalInterface
public interface RunVisitor {

  /**
   * A stretch of addresses that lie side by side in the memory below.
   *
   * @param start its first address in the layer, a multiple of {@link Layer#PAGE}
   * @param below the address of that byte in the memory below, {@link PageRuns#NOT_MAPPED} where
   *     that has no place for it
   * @param length in bytes, a multiple of {@link Layer#PAGE}
   * @param pageShift log2 of the size of the pages that it is made of
   * @param permissions what may be done with it, as in {@link io.nestwalk.paging.Permissions}
   * @param state {@link PageState#MAPPED}, or what else these pages are
   * @return false to stop
   */
  boolean run(long start, long below, long length, int pageShift, int permissions, PageState state);
}
