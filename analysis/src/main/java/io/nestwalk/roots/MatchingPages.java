package io.nestwalk.roots;

import io.nestwalk.survey.PageDetector;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/** Gathers the addresses of the pages that pass a test. */
final class MatchingPages implements PageDetector.Scan<Long> {

  /** What a page has to pass. */
  @FunctionalInterface
  interface Test {
    /** Whether the page at {@code offset} passes. */
    boolean passes(MemorySegment bytes, long offset);
  }

  private final Test test;
  private final List<Long> found = new ArrayList<>();

  MatchingPages(Test test) {
    this.test = test;
  }

  @Override
  public void page(long address, MemorySegment bytes, long offset) {
    if (test.passes(bytes, offset)) {
      found.add(address);
    }
  }

  @Override
  public List<Long> found() {
    return found;
  }
}
