package io.nestwalk.image;

import java.util.Arrays;

/**
 * Entries of a {@link PageIndex}, side by side. They take four bytes each as long as they are no
 * more than 4 GiB above the first one that came, as offsets in a file are that is read from its
 * beginning; else eight. What was not set is full of zeros.
 */
final class EntryChunk {

  /** log2 of how many entries there are. */
  static final int SHIFT = 9;

  /** How many entries there are. */
  static final int SIZE = 1 << SHIFT;

  /** What a chunk costs on the heap, roughly. */
  static final int NARROW_BYTES = SIZE * Integer.BYTES + 48;

  /** What it costs more when its entries take eight bytes. */
  static final int WIDENING_BYTES = SIZE * (Long.BYTES - Integer.BYTES);

  private static final long MAX_DISTANCE = 0xffff_fffeL;

  private final long zeros;
  private final long base;

  /** One more than the distance from the base, 0 for zeros; null when the chunk is wide. */
  private int[] distances = new int[SIZE];

  private long[] entries;

  /**
   * A chunk of zeros.
   *
   * @param zeros the entry of a block full of zeros
   * @param base the lowest entry that four bytes are enough for
   */
  EntryChunk(long zeros, long base) {
    this.zeros = zeros;
    this.base = base;
  }

  /** An entry, which is the one of zeros where none was set. */
  long get(int index) {
    if (distances == null) {
      return entries[index];
    }
    int distance = distances[index];
    return distance == 0 ? zeros : base + Integer.toUnsignedLong(distance) - 1;
  }

  /** Whether {@link #set} makes room for eight bytes an entry first. */
  boolean widensFor(long entry) {
    return distances != null && entry != zeros && !isNear(entry);
  }

  /** Sets an entry. */
  void set(int index, long entry) {
    if (widensFor(entry)) {
      long[] wide = new long[SIZE];
      Arrays.setAll(wide, this::get);
      entries = wide;
      distances = null;
    }
    if (distances == null) {
      entries[index] = entry;
    } else {
      distances[index] = entry == zeros ? 0 : (int) (entry - base + 1);
    }
  }

  private boolean isNear(long entry) {
    return Long.compareUnsigned(entry - base, MAX_DISTANCE) <= 0;
  }
}
