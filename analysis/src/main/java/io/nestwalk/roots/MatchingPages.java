package io.nestwalk.roots;

import io.nestwalk.image.Memory;
import io.nestwalk.survey.PageDetector;
import io.nestwalk.survey.Survey;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/** Gathers the addresses of the pages that pass a test. */
final class MatchingPages implements PageDetector.Scan<Long> {

  /** What a page has to pass. */
  @FunctionalInterface
  interface Test {
    /** Whether a page with these values of eight bytes passes. */
    boolean passes(long[] words);
  }

  private final Test test;
  private final List<Long> found = new ArrayList<>();

  MatchingPages(Test test) {
    this.test = test;
  }

  @Override
  public void page(long address, MemorySegment bytes, long offset) {
    long[] words = new long[Survey.PAGE_SIZE / Long.BYTES];
    MemorySegment.copy(bytes, Memory.LONG, offset, words, 0, words.length);
    page(address, words, bytes, offset);
  }

  @Override
  public void page(long address, long[] words, MemorySegment bytes, long offset) {
    if (test.passes(words)) {
      found.add(address);
    }
  }

  @Override
  public List<Long> found() {
    return found;
  }
}
