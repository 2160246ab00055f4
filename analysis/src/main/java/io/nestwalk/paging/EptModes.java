package io.nestwalk.paging;

import static io.nestwalk.paging.Bits.bit;
import static io.nestwalk.paging.Bits.range;
import static io.nestwalk.paging.EntryFormat.Flag.any;
import static io.nestwalk.paging.EntryFormat.Flag.leaf;

import io.nestwalk.image.Architecture;
import io.nestwalk.paging.PagingMode.Stage;
import java.util.ArrayList;
import java.util.List;

/**
 * Intel's extended page tables: Intel SDM volume 3C section 29.3 ("The Extended Page Table
 * Mechanism"), misconfigurations in 29.3.3.1.
 */
public final class EptModes {

  private static final long READ = bit(0);
  private static final long WRITE = bit(1);
  private static final long EXECUTE = bit(2);
  private static final long PAGE_SIZE = bit(7);
  private static final int MEMORY_TYPE_SHIFT = 3;

  private static final EntryFormat ENTRIES =
      new EntryFormat(
          8,
          READ | WRITE | EXECUTE,
          PAGE_SIZE,
          true,
          0,
          AddressField.of(range(51, 12)),
          ForbiddenValues.of(0, 0b010, 0b110),
          ForbiddenValues.of(MEMORY_TYPE_SHIFT, 2, 3, 7),
          Grant.whenSet(READ),
          Grant.whenSet(WRITE),
          Grant.whenSet(EXECUTE),
          Grant.ALWAYS,
          Grant.whenSet(EXECUTE),
          List.of(
              any(READ, "R"),
              any(WRITE, "W"),
              any(EXECUTE, "X"),
              leaf(bit(6), "IPAT"),
              any(bit(8), "A"),
              leaf(bit(9), "D"),
              any(bit(10), "XU"),
              leaf(bit(63), "SVE")),
          MEMORY_TYPE_SHIFT);

  private EptModes() {}

  /** EPT with a walk length of 4 or 5; EPTP bits 5:3 hold it minus one. */
  public static PagingMode of(int depth, int physicalBits) {
    long tooWide = range(X86Modes.MAX_PHYSICAL_BITS - 1, physicalBits);
    List<Level> levels = new ArrayList<>();
    if (depth == 5) {
      levels.add(upper("PML5", 48, tooWide));
    }
    levels.add(upper("PML4", 39, tooWide));
    levels.add(level("PDPT", 30, tooWide));
    levels.add(level("PD", 21, tooWide));
    levels.add(level("PT", 12, tooWide));
    return new PagingMode(
        "EPT " + depth + "-level",
        Architecture.X86_64,
        Stage.SECOND,
        InputRule.ZERO_EXTENDED,
        levels,
        ENTRIES,
        range(51, 12));
  }

  private static Level upper(String name, int shift, long tooWide) {
    return new Level(name, shift, 9, false, AddressField.of(0), tooWide | range(7, 3), 0, true);
  }

  private static Level level(String name, int shift, long tooWide) {
    return new Level(
        name,
        shift,
        9,
        true,
        AddressField.of(range(51, shift)),
        tooWide | range(6, 3),
        tooWide | range(shift - 1, 12),
        true);
  }
}
