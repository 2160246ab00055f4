package io.nestwalk.machine;

import io.nestwalk.image.Memory;
import io.nestwalk.memory.Layer;
import io.nestwalk.memory.MemorySlot;
import io.nestwalk.memory.SlotPages;
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

  /** Compares the pages of the slots; see {@link SlotPages} for how many. */
  static ViewComparison of(Memory tables, Layer bySlots, List<MemorySlot> slots) {
    Counter counter = new Counter();
    SlotPages.forEach(
        slots,
        guest -> {
          long first = tables instanceof Layer layer ? layer.translate(guest) : -1;
          counter.count(guest, first, bySlots.translate(guest));
          return true;
        });
    return new ViewComparison(
        counter.agree,
        counter.onlySlots,
        counter.onlyTables,
        counter.disagree,
        counter.disagreements);
  }

  private static final class Counter {

    private long agree;
    private long onlySlots;
    private long onlyTables;
    private long disagree;
    private final List<Disagreement> disagreements = new ArrayList<>();

    void count(long guest, long byTables, long bySlots) {
      if (Translation.isFault(byTables)) {
        onlySlots += Translation.isFault(bySlots) ? 0 : 1;
      } else if (Translation.isFault(bySlots)) {
        onlyTables++;
      } else if (Translation.address(byTables) == Translation.address(bySlots)) {
        agree++;
      } else {
        disagree++;
        if (disagreements.size() < LISTED) {
          disagreements.add(
              new Disagreement(guest, Translation.address(byTables), Translation.address(bySlots)));
        }
      }
    }
  }
}
