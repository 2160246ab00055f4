package io.nestwalk.paging;

/**
 * The values that belong to the keys met last, each key in the one slot that its low bits name:
 * what processors call a TLB where the keys are pages, and a paging-structure cache where they are
 * the input-address bits that lead to a table. Memory does not change under a walk, so that nothing
 * is ever taken out but by what comes after it.
 *
 * <p>A cache begins small and grows when two keys want one slot: of the thousands of processes of
 * one machine, most are asked for a page or two.
 *
 * <p>Threads may share one without a lock: a key is kept mixed with its value, so that halves which
 * two threads wrote fit nothing, and what is lost while it grows is found again.
 */
public final class DirectMappedCache {

  /** No value: neither a table's address nor a {@link Translation}. */
  public static final long NONE = Long.MIN_VALUE;

  private static final int PAGES = 1 << 12;

  /** Slots of a new cache, of one that may have more. */
  private static final int FIRST_SLOTS = 16;

  private static final int GROWTH = 4;

  /** Odd, so that no two values are mixed to the same; the first of MurmurHash3's finalizer. */
  private static final long FACTOR = 0xff51_afd7_ed55_8ccdL;

  /** Of each slot the complement of the key, mixed with the value, and the value: 0 for none. */
  private long[] slots;

  private final int most;

  /**
   * An empty cache.
   *
   * @param most how many values are kept at most, a power of two
   */
  public DirectMappedCache(int most) {
    this.most = most;
    slots = new long[2 * Math.min(most, FIRST_SLOTS)];
  }

  /** An empty cache of a layer's pages, keyed by their number. */
  public static DirectMappedCache ofPages() {
    return new DirectMappedCache(PAGES);
  }

  /** The value of a key that is not -1, or {@link #NONE}. */
  public long find(long key) {
    long[] all = slots;
    int slot = slotOf(key, all);
    long value = all[slot + 1];
    return (all[slot] ^ mixed(value)) == ~key ? value : NONE;
  }

  /** Keeps the value of a key that is not -1. */
  public void keep(long key, long value) {
    long[] all = slots;
    int slot = slotOf(key, all);
    while (all.length < 2 * most && isOther(key, all, slot)) {
      all = grown(all);
      slots = all;
      slot = slotOf(key, all);
    }
    all[slot] = ~key ^ mixed(value);
    all[slot + 1] = value;
  }

  private static int slotOf(long key, long[] all) {
    return (int) key << 1 & all.length - 2;
  }

  /** The key that a slot holds, -1 for none. */
  private static long keyIn(long[] all, int slot) {
    return ~(all[slot] ^ mixed(all[slot + 1]));
  }

  private static boolean isOther(long key, long[] all, int slot) {
    long held = keyIn(all, slot);
    return held != -1 && held != key;
  }

  private long[] grown(long[] from) {
    long[] to = new long[Math.min(GROWTH * from.length, 2 * most)];
    for (int slot = 0; slot < from.length; slot += 2) {
      long key = keyIn(from, slot);
      if (key != -1) {
        int place = slotOf(key, to);
        to[place] = from[slot];
        to[place + 1] = from[slot + 1];
      }
    }
    return to;
  }

  /** Depends on every bit of {@code value}; another one for each. */
  private static long mixed(long value) {
    long product = value * FACTOR;
    return product ^ product >>> 33;
  }
}
