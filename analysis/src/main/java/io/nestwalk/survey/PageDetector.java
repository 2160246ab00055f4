package io.nestwalk.survey;

import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * Recognises one kind of page in a {@link Survey}.
 *
 * @param <F> what it finds
 */
public interface PageDetector<F> {

  /**
   * A name that no other detector of the program has: what a survey found is remembered by it.
   * Detectors that look for the same thing by other rules have other names.
   */
  String name();

  /** A new collector for one thread; the survey makes one per worker and part of memory. */
  Scan<F> begin();

  /**
   * Looks at pages on one thread, in ascending order within a part of memory.
   *
   * @param <F> what it finds
   */
  interface Scan<F> {

    /**
     * Looks at a page that is not all zeros. Must not allocate unless it finds something. Whether
     * something is found depends on what the page holds and not on where it lies, so that a survey
     * still holds when pages turn out to lie elsewhere.
     *
     * @param address the page's physical address, a multiple of {@link Survey#PAGE_SIZE}
     * @param bytes memory that holds the page
     * @param offset where in {@code bytes} the page begins; {@link Survey#PAGE_SIZE} bytes are
     *     there
     */
    void page(long address, MemorySegment bytes, long offset);

    /**
     * The same with the page's content as words too, which cost less to look at: for who reads most
     * of them. Parameters as above.
     *
     * @param words the page as values of eight bytes, not to be changed or kept
     */
    default void page(long address, long[] words, MemorySegment bytes, long offset) {
      page(address, bytes, offset);
    }

    /** What was found so far, in the order of the addresses. */
    List<F> found();
  }
}
