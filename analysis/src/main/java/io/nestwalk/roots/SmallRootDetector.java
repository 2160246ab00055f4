package io.nestwalk.roots;

import io.nestwalk.image.Memory;
import io.nestwalk.survey.PageDetector;
import io.nestwalk.survey.Survey;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * Recognises what could be a root of 32-bit x86: with PAE four entries of eight bytes on a 32-byte
 * border (Intel SDM volume 3A, 5.4.1), without it a page of 1,024 entries of four bytes. Both must
 * map something where kernels live, in the last quarter of the address space.
 */
public final class SmallRootDetector implements PageDetector<Long> {

  private static final int PAE_BYTES = 32;
  private static final int LAST_PDPTE = 24;
  private static final long PDPTE_ADDRESS = 0x0000_ffff_ffff_f000L;

  /** Present; emulators that walk through it also mark it accessed. */
  private static final long PDPTE_FLAGS = 1 | 1 << 5;

  private static final EmptyEntries EMPTY_PDPTES = EmptyEntries.of(X86FirstStage.SMALL.commonest());

  private static final int PRESENT = 1;
  private static final int LARGE = 1 << 7;
  private static final int LARGE_RESERVED = 1 << 21;
  private static final int LAST_QUARTER = Survey.PAGE_SIZE / 4 * 3;

  private final boolean pae;

  /**
   * A detector.
   *
   * @param pae whether roots with PAE are looked for, or those without
   */
  public SmallRootDetector(boolean pae) {
    this.pae = pae;
  }

  @Override
  public String name() {
    return pae ? "roots-pae" : "roots-2-level";
  }

  @Override
  public Scan<Long> begin() {
    return new Scan<>() {

      private final List<Long> found = new ArrayList<>();

      @Override
      public void page(long address, MemorySegment bytes, long offset) {
        if (!pae) {
          if (isDirectory(bytes, offset)) {
            found.add(address);
          }
          return;
        }
        for (int i = 0; i < Survey.PAGE_SIZE; i += PAE_BYTES) {
          if (isPdpt(bytes, offset + i)) {
            found.add(address + i);
          }
        }
      }

      @Override
      public List<Long> found() {
        return found;
      }
    };
  }

  private static boolean isPdpt(MemorySegment bytes, long offset) {
    if (!isPdpte(bytes.get(Memory.LONG, offset + LAST_PDPTE))) {
      return false;
    }
    for (int i = 0; i < LAST_PDPTE; i += Long.BYTES) {
      long entry = bytes.get(Memory.LONG, offset + i);
      if (!EMPTY_PDPTES.contain(entry) && !isPdpte(entry)) {
        return false;
      }
    }
    return true;
  }

  private static boolean isPdpte(long entry) {
    return (entry & PRESENT) != 0
        && (entry & PDPTE_ADDRESS) != 0
        && (entry & ~PDPTE_ADDRESS & ~PDPTE_FLAGS) == 0;
  }

  private static boolean isDirectory(MemorySegment bytes, long offset) {
    boolean kernel = false;
    for (int i = 0; i < Survey.PAGE_SIZE; i += Integer.BYTES) {
      int entry = bytes.get(Memory.INT, offset + i);
      if (entry == 0) {
        continue;
      }
      // No directory maps two neighbours alike; patterns in data do.
      boolean repeats = i > 0 && entry == bytes.get(Memory.INT, offset + i - Integer.BYTES);
      boolean largeAndOdd = (entry & LARGE) != 0 && (entry & LARGE_RESERVED) != 0;
      if ((entry & PRESENT) == 0 || largeAndOdd || repeats) {
        return false;
      }
      kernel |= i >= LAST_QUARTER;
    }
    return kernel;
  }
}
