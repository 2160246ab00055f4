package io.nestwalk.memory;

import io.nestwalk.image.Memory;
import io.nestwalk.paging.Translation;
import io.nestwalk.paging.Walker;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * Memory as page tables show it: guest-physical memory through EPT, NPT or stage 2, virtual memory
 * through a process's root.
 *
 * <p>Keeps the last translations of each page, so it is for one thread at a time; {@link #fork}
 * gives another one.
 */
public final class TranslatedMemory implements Layer {

  /** The unit in which translations are kept: the smallest page of any mode. */
  private static final int PAGE_SHIFT = 12;

  private static final long PAGE_MASK = (1L << PAGE_SHIFT) - 1;
  private static final int SLOTS = 1 << 12;
  private static final long EMPTY = -1;

  private final Memory below;
  private final Walker low;
  private final Walker high;

  /** A direct-mapped cache: input page number to the translation of the page's first byte. */
  private final long[] pages = new long[SLOTS];

  private final long[] translations = new long[SLOTS];

  private TranslatedMemory(Memory below, Walker low, Walker high) {
    this.below = below;
    this.low = low;
    this.high = high;
    Arrays.fill(pages, EMPTY);
  }

  /**
   * Memory under one root.
   *
   * @param below the memory that translated addresses mean
   * @param walker the tables; they need not lie in {@code below} (shadow tables do not)
   */
  public static TranslatedMemory of(Memory below, Walker walker) {
    return new TranslatedMemory(below, walker, walker);
  }

  /**
   * Memory under two roots: {@code low} for addresses with bit 63 clear, {@code high} for others.
   */
  public static TranslatedMemory split(Memory below, Walker low, Walker high) {
    return new TranslatedMemory(below, low, high);
  }

  @Override
  public Memory below() {
    return below;
  }

  /** The tables that translate {@code address}. */
  public Walker walkerFor(long address) {
    return address < 0 ? high : low;
  }

  @Override
  public TranslatedMemory fork() {
    return new TranslatedMemory(
        below.fork(), low.over(low.tables().fork()), high.over(high.tables().fork()));
  }

  @Override
  public long translate(long address) {
    long page = cached(address);
    return Translation.isFault(page) ? page : page | (address & PAGE_MASK);
  }

  private long cached(long address) {
    long number = address >>> PAGE_SHIFT;
    int slot = (int) number & (SLOTS - 1);
    if (pages[slot] == number) {
      return translations[slot];
    }
    long translation = walkerFor(address).translate(address & ~PAGE_MASK);
    pages[slot] = number;
    translations[slot] = translation;
    return translation;
  }

  private static long inPage(long translation, long address) {
    return Translation.address(translation) | (address & PAGE_MASK);
  }

  @Override
  public long getLong(long address, long ifMissing) {
    if ((address & PAGE_MASK) > PAGE_MASK + 1 - Long.BYTES) {
      return Memory.assembleLong(this, address, ifMissing);
    }
    long page = cached(address);
    return page < 0 ? ifMissing : below.getLong(inPage(page, address), ifMissing);
  }

  @Override
  public int getInt(long address, int ifMissing) {
    if ((address & PAGE_MASK) > PAGE_MASK + 1 - Integer.BYTES) {
      return Memory.assembleInt(this, address, ifMissing);
    }
    long page = cached(address);
    return page < 0 ? ifMissing : below.getInt(inPage(page, address), ifMissing);
  }

  @Override
  public int getByte(long address) {
    long page = cached(address);
    return page < 0 ? -1 : below.getByte(inPage(page, address));
  }

  @Override
  public boolean isPresent(long address) {
    long page = cached(address);
    return page >= 0 && below.isPresent(inPage(page, address));
  }

  @Override
  public long read(long address, MemorySegment target) {
    long copied = 0;
    while (copied < target.byteSize()) {
      long position = address + copied;
      long page = cached(position);
      if (page < 0) {
        break;
      }
      long offset = position & PAGE_MASK;
      long wanted = Math.min(target.byteSize() - copied, PAGE_MASK + 1 - offset);
      long got = below.read(inPage(page, position), target.asSlice(copied, wanted));
      copied += got;
      if (got < wanted) {
        break;
      }
    }
    return copied;
  }

  @Override
  public long locate(long address) {
    long page = cached(address);
    return page < 0 ? NOWHERE : below.locate(inPage(page, address));
  }
}
