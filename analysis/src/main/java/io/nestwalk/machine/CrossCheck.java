package io.nestwalk.machine;

import io.nestwalk.image.AddressRange;
import io.nestwalk.memory.Budget;
import io.nestwalk.memory.Layer;
import io.nestwalk.memory.MemorySlot;
import io.nestwalk.memory.PageRuns;
import io.nestwalk.paging.Translation;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Two sources of a guest's physical memory, checked against each other: the second-level tables and
 * the hypervisor's memory slots. Tables are filled when the guest first touches a page, so the
 * slots know more; a page that they map differently deserves a look.
 *
 * @param agree pages that both map to the same host page
 * @param onlySlots pages that only the slots know
 * @param onlyTables pages in a slot that only the tables know: the process gave them away
 * @param disagreements the first pages that they map differently
 * @param disagree how many there are
 * @param slotsAlone the first stretches of guest-physical memory that only the slots know
 * @param tablesAlone the first ones in slots that only the tables know
 * @param complete whether all pages were compared: slots may claim more than there is
 */
public record CrossCheck(
    long agree,
    long onlySlots,
    long onlyTables,
    long disagree,
    List<Disagreement> disagreements,
    List<AddressRange> slotsAlone,
    List<AddressRange> tablesAlone,
    boolean complete) {

  /** So many are listed; the rest is counted. */
  private static final int LISTED = 64;

  /** Copies the lists. */
  public CrossCheck {
    disagreements = List.copyOf(disagreements);
    slotsAlone = List.copyOf(slotsAlone);
    tablesAlone = List.copyOf(tablesAlone);
  }

  /**
   * A page that the two sources map differently.
   *
   * @param guest its guest-physical address
   * @param byTables the host-physical address that the second-level tables have
   * @param bySlots the one that the slots lead to
   */
  public record Disagreement(long guest, long byTables, long bySlots) {}

  /**
   * Checks tables against slots.
   *
   * @param tables second-level tables; empty where a guest has none
   * @param bySlots the hypervisor's slots
   * @param slots which pages are compared
   */
  public static CrossCheck of(Optional<Layer> tables, Layer bySlots, List<MemorySlot> slots) {
    Counter counter = new Counter(Budget.forSpace(bySlots));
    bySlots.forEachRun(
        0,
        -1,
        Budget.forSpace(bySlots),
        (guest, host, length, shift, permissions, state) ->
            host == PageRuns.NOT_MAPPED || counter.bySlots(tables, guest, host, length));
    if (tables.isPresent()) {
      Budget budget = Budget.forSpace(bySlots);
      for (MemorySlot slot : slots) {
        tables
            .get()
            .forEachRun(
                slot.start(),
                slot.end() - 1,
                budget,
                (guest, host, length, shift, permissions, state) ->
                    host == PageRuns.NOT_MAPPED || counter.byTables(bySlots, guest, length));
      }
    }
    return new CrossCheck(
        counter.agree,
        counter.onlySlots,
        counter.onlyTables,
        counter.disagree,
        counter.disagreements,
        counter.slotsAlone,
        counter.tablesAlone,
        !counter.pages.isSpent());
  }

  /** Counts pages, no more than its budget has. */
  private static final class Counter {

    private final Budget pages;
    private long agree;
    private long onlySlots;
    private long onlyTables;
    private long disagree;
    private final List<Disagreement> disagreements = new ArrayList<>();
    private final List<AddressRange> slotsAlone = new ArrayList<>();
    private final List<AddressRange> tablesAlone = new ArrayList<>();

    Counter(Budget pages) {
      this.pages = pages;
    }

    boolean bySlots(Optional<Layer> tables, long guest, long host, long length) {
      for (long offset = 0; offset < length; offset += Layer.PAGE) {
        if (!pages.take()) {
          return false;
        }
        long translation = tables.isPresent() ? tables.get().translate(guest + offset) : -1;
        if (Translation.isFault(translation)) {
          onlySlots++;
          add(slotsAlone, guest + offset);
        } else if (Translation.address(translation) == host + offset) {
          agree++;
        } else {
          disagree++;
          if (disagreements.size() < LISTED) {
            disagreements.add(
                new Disagreement(guest + offset, Translation.address(translation), host + offset));
          }
        }
      }
      return true;
    }

    boolean byTables(Layer bySlots, long guest, long length) {
      for (long offset = 0; offset < length; offset += Layer.PAGE) {
        if (!pages.take()) {
          return false;
        }
        if (Translation.isFault(bySlots.translate(guest + offset))) {
          onlyTables++;
          add(tablesAlone, guest + offset);
        }
      }
      return true;
    }

    /** Pages come in ascending order; one that follows the last makes that longer. */
    private static void add(List<AddressRange> stretches, long page) {
      if (!stretches.isEmpty() && stretches.getLast().end() == page) {
        AddressRange last = stretches.removeLast();
        stretches.add(new AddressRange(last.start(), last.length() + Layer.PAGE));
      } else if (stretches.size() < LISTED) {
        stretches.add(new AddressRange(page, Layer.PAGE));
      }
    }
  }
}
