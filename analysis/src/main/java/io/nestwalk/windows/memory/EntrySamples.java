package io.nestwalk.windows.memory;

import io.nestwalk.paging.Walker;
import java.util.List;
import java.util.Optional;

/**
 * Some entries of a kernel's processes that are not present, and what they show of their form. For
 * one thread.
 */
final class EntrySamples {

  private static final int ENOUGH = 4096;

  /** So many entries are looked at. */
  private static final int BUDGET = 1 << 18;

  /** So few say nothing. */
  private static final int FEW = 8;

  /** The mask is a bit above what machines have of memory, and one of a page's address. */
  private static final int LOWEST_MASK_BIT = 36;

  private static final int HIGHEST_MASK_BIT = 51;
  private static final long SWIZZLE = 1L << 4;
  private static final EntryField HIGH = EntryField.of(32, 32);

  private final long[] entries = new long[ENOUGH];
  private int count;
  private int budget = BUDGET;

  /**
   * Takes entries of a process's own memory.
   *
   * @param tables its page tables
   * @param vads its descriptors
   */
  void take(Walker tables, List<Vad> vads) {
    TableEntries table = new TableEntries(tables, Optional.empty());
    for (Vad vad : vads) {
      for (long address = vad.start();
          vad.isPrivate() && address != vad.end() && !isFull();
          budget--) {
        table.find(address);
        if (table.isPage()) {
          add(table.entry());
        }
        address = table.next(address, vad.end());
      }
    }
  }

  private void add(long entry) {
    if (entry != 0 && (entry & 1) == 0 && !SoftwareForm.isPrototype(entry)) {
      entries[count++] = entry;
    }
  }

  boolean isFull() {
    return count == ENOUGH || budget <= 0;
  }

  /** The bit that most entries have that do not say otherwise; 0 for none. */
  long invalidMask() {
    int asked = 0;
    int[] set = new int[HIGHEST_MASK_BIT + 1];
    for (int i = 0; i < count; i++) {
      if ((entries[i] & SWIZZLE) == 0) {
        asked++;
        for (int bit = LOWEST_MASK_BIT; bit <= HIGHEST_MASK_BIT; bit++) {
          set[bit] += (int) (entries[i] >>> bit & 1);
        }
      }
    }
    int best = LOWEST_MASK_BIT;
    for (int bit = LOWEST_MASK_BIT; bit <= HIGHEST_MASK_BIT; bit++) {
      best = set[bit] > set[best] ? bit : best;
    }
    return asked >= FEW && set[best] > asked / 2 ? 1L << best : 0;
  }

  /** Which of two places holds page files' numbers; empty when none of them is used. */
  Optional<EntryField> fileNumber(EntryField old, EntryField current) {
    long mask = invalidMask();
    int byOld = 0;
    int byCurrent = 0;
    for (int i = 0; i < count; i++) {
      long entry = entries[i];
      if (!SoftwareForm.isTransition(entry) && HIGH.in(entry & ~mask) != 0) {
        byOld += (old.bits() & ~SWIZZLE & entry) != 0 ? 1 : 0;
        byCurrent += current.in(entry) != 0 ? 1 : 0;
      }
    }
    if (byOld == byCurrent) {
      return mask != 0 ? Optional.of(current) : Optional.empty();
    }
    return Optional.of(byOld > byCurrent ? old : current);
  }
}
