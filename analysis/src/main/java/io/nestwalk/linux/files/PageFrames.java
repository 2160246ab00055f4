package io.nestwalk.linux.files;

import io.nestwalk.linux.kernel.Kernel;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Which physical page a {@code struct page} describes: they stand in one array by frame number,
 * whose place differs by architecture and version. It is found from pages that are known both ways.
 *
 * @param base where the entry of frame 0 would stand
 * @param size of an entry
 * @param shift log2 of a page
 */
record PageFrames(long base, int size, int shift) {

  /** So many pages must agree. */
  private static final int ENOUGH = 4;

  /**
   * A page that is known both ways.
   *
   * @param page its {@code struct page}
   * @param physical its address
   */
  record Known(long page, long physical) {}

  /** The array in which most of the known pages stand; empty when too few agree. */
  static Optional<PageFrames> of(Kernel kernel, List<Known> pages) {
    int size = kernel.types().struct("page").size();
    int shift = kernel.pageShift();
    Map<Long, Integer> votes = new HashMap<>();
    for (Known known : pages) {
      votes.merge(known.page - (known.physical >>> shift) * size, 1, Integer::sum);
    }
    return votes.entrySet().stream()
        .max(Map.Entry.comparingByValue())
        .filter(best -> best.getValue() >= ENOUGH && 2 * best.getValue() > pages.size())
        .map(best -> new PageFrames(best.getKey(), size, shift));
  }

  /** The entry that describes the page at a physical address, should there be one. */
  long page(long physical) {
    return base + (physical >>> shift) * size;
  }

  /** The address of the page; empty for what is no entry of the array. */
  OptionalLong physical(long page) {
    long distance = page - base;
    return distance >= 0 && distance % size == 0
        ? OptionalLong.of((distance / size) << shift)
        : OptionalLong.empty();
  }
}
