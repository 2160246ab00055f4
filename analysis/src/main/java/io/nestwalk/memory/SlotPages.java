package io.nestwalk.memory;

import java.util.List;
import java.util.function.LongPredicate;

/**
 * The pages of memory slots, one after the other. What slots claim is read from memory, so no more
 * pages are shown than an honest guest has.
 */
public final class SlotPages {

  /** Guests of 1 TiB. Slots that were made up claim 2^50 pages each. */
  private static final long MOST = 1L << 28;

  private static final long PAGE = 4096;

  private SlotPages() {}

  /**
   * Shows the pages.
   *
   * @param visitor is given the guest-physical address of each; answers false to stop
   * @return false when some were not shown
   */
  public static boolean forEach(List<MemorySlot> slots, LongPredicate visitor) {
    long left = MOST;
    for (MemorySlot slot : slots) {
      for (long page = slot.start(); page < slot.end(); page += PAGE) {
        if (left-- == 0 || !visitor.test(page)) {
          return false;
        }
      }
    }
    return true;
  }

  /** Whether slots have more pages than are shown. */
  public static boolean exceeded(List<MemorySlot> slots) {
    long left = MOST;
    for (MemorySlot slot : slots) {
      left -= (slot.length() - 1) / PAGE + 1;
      if (left < 0) {
        return true;
      }
    }
    return false;
  }
}
