package io.nestwalk.machine;

import io.nestwalk.image.Memory;
import io.nestwalk.memory.Layer;
import io.nestwalk.memory.MemorySlot;
import io.nestwalk.paging.Translation;
import java.util.ArrayList;
import java.util.List;

/**
 * Two views of a guest's physical memory held side by side: the second-level tables and the
 * hypervisor's memory slots. Tables are filled when the guest first touches a page, so the slots
 * know more; where both speak and disagree is something to look at.
 *
 * @param agree pages that both map to the same host page
 * @param onlySlots pages that only the slots know
 * @param onlyTables pages in a slot that only the tables know: the process gave them away
 * @param disagreements the first pages that they map differently
 * @param disagree how many there are
 */
public record ViewComparison(
    long agree, long onlySlots, long onlyTables, long disagree, List<Disagreement> disagreements) {

  private static final long PAGE = 4096;

  /** So many are listed; the rest is counted. */
  private static final int LISTED = 64;

  /** Copies the list. */
  public ViewComparison {
    disagreements = List.copyOf(disagreements);
  }

  /**
   * A page that two views map differently.
   *
   * @param guest its guest-physical address
   * @param byTables the host-physical address that the second-level tables have
   * @param bySlots the one that the slots lead to
   */
  public record Disagreement(long guest, long byTables, long bySlots) {}

  /** Compares every page of the slots. */
  static ViewComparison of(Memory tables, Layer bySlots, List<MemorySlot> slots) {
    long agree = 0;
    long onlySlots = 0;
    long onlyTables = 0;
    long disagree = 0;
    List<Disagreement> disagreements = new ArrayList<>();
    for (MemorySlot slot : slots) {
      for (long guest = slot.start(); guest < slot.end(); guest += PAGE) {
        long first = tables instanceof Layer layer ? layer.translate(guest) : -1;
        long second = bySlots.translate(guest);
        if (Translation.isFault(first)) {
          onlySlots += Translation.isFault(second) ? 0 : 1;
        } else if (Translation.isFault(second)) {
          onlyTables++;
        } else if (Translation.address(first) == Translation.address(second)) {
          agree++;
        } else {
          disagree++;
          if (disagreements.size() < LISTED) {
            disagreements.add(
                new Disagreement(guest, Translation.address(first), Translation.address(second)));
          }
        }
      }
    }
    return new ViewComparison(agree, onlySlots, onlyTables, disagree, disagreements);
  }
}
