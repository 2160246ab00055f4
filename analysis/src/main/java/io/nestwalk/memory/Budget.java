package io.nestwalk.memory;

import io.nestwalk.image.Memory;
import io.nestwalk.image.PhysicalMemory;

/**
 * How many pieces of memory enumerations may show. Tables that were made to tire a reader map the
 * same pages again and again; honest ones map not much more than the image stores. One budget may
 * be shared by several enumerations. For one thread.
 */
public final class Budget {

  /** Honest kernels map every page once and some twice; processes share theirs. */
  private static final long PER_STORED_PAGE = 4;

  /** For what does not depend on the size of memory: a kernel's stacks, devices, holes. */
  private static final long ALWAYS = 1L << 16;

  /** Dumps without free pages and pages of users hold a small part of what tables map. */
  private static final long FILTERED = 64;

  /** Nobody waits for more. */
  private static final long MOST = 1L << 28;

  private final Budget whole;
  private final long given;
  private long left;

  private Budget(long pieces, Budget whole) {
    given = pieces;
    left = pieces;
    this.whole = whole;
  }

  /** A budget of so many pieces. */
  public static Budget of(long pieces) {
    return new Budget(pieces, null);
  }

  /** What one space over {@code memory} may take, by how much the image stores. */
  public static Budget forSpace(Memory memory) {
    return of(pieces(memory, 1));
  }

  /** What all spaces over {@code memory} may take together: many processes share pages. */
  public static Budget forAllSpaces(Memory memory) {
    return of(pieces(memory, 16));
  }

  /** A budget that takes from this one too, and ends with it. */
  public Budget within(Budget all) {
    return new Budget(left, all);
  }

  private static long pieces(Memory memory, long times) {
    long stored =
        Layer.lowest(memory) instanceof PhysicalMemory physical
            ? Math.min(physical.end(), FILTERED * physical.presentBytes())
            : 0;
    return Math.min(MOST, times * (PER_STORED_PAGE * (stored / Layer.PAGE) + ALWAYS));
  }

  /** Takes a piece; false when none is left. */
  public boolean take() {
    if (left <= 0 || (whole != null && !whole.take())) {
      return false;
    }
    left--;
    return true;
  }

  /** Whether nothing is left. */
  public boolean isSpent() {
    return left <= 0 || (whole != null && whole.isSpent());
  }

  /** How many pieces were taken. */
  public long taken() {
    return given - left;
  }
}
