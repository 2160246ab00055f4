package io.nestwalk.paging;

/**
 * The values that belong to the keys met last, each key in the one slot that its low bits name:
 * what processors call a TLB where the keys are pages, and a paging-structure cache where they are
 * the input-address bits that lead to a table. Memory does not change under a walk, so that nothing
 * is ever taken out but by what comes after it.
 *
 * <p>Threads may share one without a lock: a key is kept mixed with its value, so that halves which
 * two threads wrote fit nothing.
 */
public final class DirectMappedCache {

  /** No value: neither a table's address nor a {@link Translation}. */
  public static final long NONE = Long.MIN_VALUE;

  private static final int PAGES = 1 << 12;

  /** Odd, so that no two values are mixed to the same; the first of MurmurHash3's finalizer. */
  private static final long FACTOR = 0xff51_afd7_ed55_8ccdL;

  /** Of each slot the complement of the key, mixed with the value, and the value: 0 for none. */
  private final long[] slots;

  private final int slotMask;

  /**
   * An empty cache.
   *
   * @param count how many values are kept, a power of two
   */
  public DirectMappedCache(int count) {
    slots = new long[2 * count];
    slotMask = count - 1;
  }

  /** An empty cache of a layer's pages, keyed by their number. */
  public static DirectMappedCache ofPages() {
    return new DirectMappedCache(PAGES);
  }

  /** The value of a key that is not -1, or {@link #NONE}. */
  public long find(long key) {
    int slot = 2 * ((int) key & slotMask);
    long value = slots[slot + 1];
    return (slots[slot] ^ mixed(value)) == ~key ? value : NONE;
  }

  /** Keeps the value of a key that is not -1. */
  public void keep(long key, long value) {
    int slot = 2 * ((int) key & slotMask);
    slots[slot] = ~key ^ mixed(value);
    slots[slot + 1] = value;
  }

  /** Depends on every bit of {@code value}; another one for each. */
  private static long mixed(long value) {
    long product = value * FACTOR;
    return product ^ product >>> 33;
  }
}
