package io.nestwalk.cli;

import io.nestwalk.image.Memory;
import io.nestwalk.memory.Budget;
import io.nestwalk.memory.Enumerated;
import io.nestwalk.memory.Layer;
import io.nestwalk.memory.PageRuns;
import io.nestwalk.memory.PageState;
import io.nestwalk.memory.Passage;
import io.nestwalk.memory.RunVisitor;
import io.nestwalk.paging.Permissions;
import io.nestwalk.paging.Translation;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * Five pages over page tables that map the first and the last: the second is still in memory, the
 * third is in a page file, the fourth was never touched.
 */
final class PageFileLayer implements Layer {

  private static final int PAGES = 5;
  private static final int ALLOWED = Permissions.READ | Permissions.WRITE | Permissions.USER;
  private static final PageState[] STATES = {
    PageState.MAPPED,
    PageState.TRANSITION,
    PageState.pagefile(1, 0x5000),
    PageState.DEMAND_ZERO,
    PageState.MAPPED
  };

  private final Layer hardware;
  private final long start;
  private final long inTransition;
  private final byte[] inFile;

  PageFileLayer(Layer hardware, long start, long inTransition, byte[] inFile) {
    this.hardware = hardware;
    this.start = start;
    this.inTransition = inTransition;
    this.inFile = Arrays.copyOf(inFile, (int) PAGE);
  }

  private int number(long address) {
    long number = (address - start) / PAGE;
    return address < start || number >= PAGES ? -1 : (int) number;
  }

  @Override
  public Memory below() {
    return hardware.below();
  }

  @Override
  public Layer fork() {
    return new PageFileLayer(hardware.fork(), start, inTransition, inFile);
  }

  @Override
  public long translate(long address) {
    return number(address) == 1
        ? Translation.of(inTransition + (address & PAGE - 1), 12)
        : hardware.translate(address);
  }

  @Override
  public Passage pass(long address) {
    Passage by = hardware.pass(address);
    int number = number(address);
    return number < 0
        ? by
        : new Passage(
            translate(address),
            number == 1 ? ALLOWED : by.permissions(),
            by.reads(),
            STATES[number]);
  }

  @Override
  public Enumerated forEachRun(long from, long to, Budget budget, RunVisitor visitor) {
    for (int i = 0; i < PAGES; i++) {
      long page = start + i * PAGE;
      if (Long.compareUnsigned(page + PAGE, from) > 0 && Long.compareUnsigned(page, to) <= 0) {
        long target = translate(page);
        long below = target < 0 ? PageRuns.NOT_MAPPED : Translation.address(target);
        if (!budget.take() || !visitor.run(page, below, PAGE, 12, ALLOWED, STATES[i])) {
          return Enumerated.cutFrom(page);
        }
      }
    }
    return Enumerated.ALL;
  }

  @Override
  public Memory beside() {
    return new Memory() {
      @Override
      public int getByte(long address) {
        return number(address) == 2 ? inFile[(int) (address & PAGE - 1)] & 0xff : -1;
      }

      @Override
      public int getInt(long address, int ifMissing) {
        return Memory.assembleInt(this, address, ifMissing);
      }

      @Override
      public long getLong(long address, long ifMissing) {
        return Memory.assembleLong(this, address, ifMissing);
      }

      @Override
      public long read(long address, MemorySegment target) {
        if (number(address) != 2) {
          return 0;
        }
        int offset = (int) (address & PAGE - 1);
        long count = Math.min(target.byteSize(), PAGE - offset);
        MemorySegment.copy(MemorySegment.ofArray(inFile), offset, target, 0, count);
        return count;
      }

      @Override
      public long locate(long address) {
        return NOWHERE;
      }
    };
  }
}
