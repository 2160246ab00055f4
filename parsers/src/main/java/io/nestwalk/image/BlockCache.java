package io.nestwalk.image;

import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * The blocks that were decoded last, up to a number of bytes. Without locks and, on a hit, without
 * allocation: a set of four places per block number, of which the one filled longest ago is given
 * up. Two threads that miss the same block both decode it, and either result is right.
 */
final class BlockCache {

  private static final int WAYS = 4;
  private static final int MAX_SETS = 1 << 16;

  private final long capacity;

  /** Created with the first block, whose size is that of nearly all. */
  private volatile AtomicReferenceArray<DecodedBlock> places;

  BlockCache(long capacity) {
    this.capacity = capacity;
  }

  /** The block of that number, or null. */
  DecodedBlock get(long number) {
    AtomicReferenceArray<DecodedBlock> present = places;
    if (present == null) {
      return null;
    }
    int first = setOf(number, present);
    for (int way = 0; way < WAYS; way++) {
      DecodedBlock block = present.getAcquire(first + way);
      if (block != null && block.number() == number) {
        return block;
      }
    }
    return null;
  }

  /**
   * Keeps a block.
   *
   * @param size the size that blocks usually have
   * @return false when the block was there already
   */
  boolean put(DecodedBlock block, int size) {
    AtomicReferenceArray<DecodedBlock> present = places;
    if (present == null) {
      present = create(size);
    }
    int first = setOf(block.number(), present);
    synchronized (this) {
      // The newest stands first, so the last is the one to give up.
      for (int way = 0; way < WAYS; way++) {
        DecodedBlock old = present.getPlain(first + way);
        if (old != null && old.number() == block.number()) {
          return false;
        }
      }
      for (int way = WAYS - 1; way > 0; way--) {
        present.setRelease(first + way, present.getPlain(first + way - 1));
      }
      present.setRelease(first, block);
    }
    return true;
  }

  private synchronized AtomicReferenceArray<DecodedBlock> create(int size) {
    if (places == null) {
      long sets = Math.clamp(capacity / size / WAYS, 1, MAX_SETS);
      places = new AtomicReferenceArray<>(Math.toIntExact(Long.highestOneBit(sets)) * WAYS);
    }
    return places;
  }

  /** Neighbours go to neighbouring sets; what lies a power of two apart is spread. */
  private static int setOf(long number, AtomicReferenceArray<DecodedBlock> places) {
    int sets = places.length() / WAYS;
    return ((int) (number ^ (number >>> 16) ^ (number >>> 32)) & (sets - 1)) * WAYS;
  }
}
