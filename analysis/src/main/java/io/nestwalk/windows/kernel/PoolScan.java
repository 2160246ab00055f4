package io.nestwalk.windows.kernel;

import io.nestwalk.image.Memory;
import io.nestwalk.paging.Permissions;
import java.lang.foreign.MemorySegment;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.LongConsumer;

/**
 * Looks through all memory that the kernel maps for blocks of its pool that are in use and carry
 * certain tags. That finds objects that no list has any more.
 */
public final class PoolScan {

  private static final int PAGE = 4096;

  /** So many mapped pages are looked at: 1 TiB in small ones. */
  private static final long PAGE_BUDGET = 1L << 28;

  /** Blocks begin at multiples of 16 bytes (of 8 in 32 bits). */
  private static final int STEP_64 = 16;

  private static final int STEP_32 = 8;

  private static final int TAG = 4;

  private static final int HEADER_64 = 16;
  private static final int HEADER_32 = 8;

  /** {@code _POOL_HEADER.PoolType} in its second word: 0 when the block is free. */
  private static final int TYPE_SHIFT_64 = 24;

  private static final int TYPE_SHIFT_32 = 25;

  /** Entries in a table of frames that were looked at. */
  private static final int FRAMES = 1 << 18;

  private final Kernel kernel;
  private final Map<Long, BitSet> seen = new HashMap<>();
  private final byte[] page = new byte[PAGE];
  private final MemorySegment segment = MemorySegment.ofArray(page);
  private final int step;
  private long budget = PAGE_BUDGET;

  /** Looks through that kernel's pool. */
  public PoolScan(Kernel kernel) {
    this.kernel = kernel;
    step = kernel.isWide() ? STEP_64 : STEP_32;
  }

  /** How many bytes of a block stand before what it was allocated for. */
  public int headerBytes() {
    return kernel.isWide() ? HEADER_64 : HEADER_32;
  }

  /** The four bytes of a tag as a number, the first lowest. */
  public static int tag(String text) {
    int value = 0;
    for (int i = Integer.BYTES - 1; i >= 0; i--) {
      value = value << Byte.SIZE | (text.charAt(i) & 0xff);
    }
    return value;
  }

  /**
   * Finds blocks.
   *
   * @param tags the four bytes of a tag as a number, the first lowest
   * @param visitor is given the virtual address of a block's header
   */
  public void forEach(Set<Integer> tags, LongConsumer visitor) {
    boolean complete =
        kernel
            .tables()
            .forEachLeaf(
                kernel.isWide() ? Long.MIN_VALUE : 0x8000_0000L,
                kernel.isWide() ? -1 : 0xffff_ffffL,
                (address, target, shift, permissions) -> {
                  // Pool is neither for user mode nor read-only; page tables that map themselves
                  // show up as pages and are looked at in vain.
                  if ((permissions & Permissions.USER) == 0
                      && (permissions & Permissions.WRITE) != 0) {
                    leaf(address, target, 1L << shift, tags, visitor);
                  }
                  return budget > 0;
                });
    if (!complete) {
      kernel.warnings().add("pool: the kernel maps more than was looked at");
    }
  }

  private void leaf(long address, long target, long size, Set<Integer> tags, LongConsumer visitor) {
    for (long offset = 0; offset < size && --budget > 0; offset += PAGE) {
      if (isNew(target + offset) && kernel.physical().read(target + offset, segment) == PAGE) {
        page(address + offset, tags, visitor);
      }
    }
  }

  private boolean isNew(long target) {
    long frame = target / PAGE;
    BitSet frames = seen.computeIfAbsent(frame / FRAMES, key -> new BitSet());
    int bit = (int) (frame % FRAMES);
    boolean fresh = !frames.get(bit);
    frames.set(bit);
    return fresh;
  }

  private void page(long address, Set<Integer> tags, LongConsumer visitor) {
    int typeShift = kernel.isWide() ? TYPE_SHIFT_64 : TYPE_SHIFT_32;
    for (int i = 0; i < PAGE; i += step) {
      int tag = segment.get(Memory.INT, i + TAG);
      if (tag != 0 && tags.contains(tag)) {
        int head = segment.get(Memory.INT, i);
        if (head >>> typeShift != 0) {
          visitor.accept(address + i);
        }
      }
    }
  }
}
