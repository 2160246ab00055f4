package io.nestwalk.paging;

import java.util.Arrays;

/**
 * Which tables an enumeration has been below, on which level and with which rights, and at which
 * input address it was there first. Open addressing; takes no room for less than two tables, since
 * most enumerations are of a few pages.
 */
final class VisitedTables {

  /** Tables of four terabytes in small pages; what comes after them is not remembered. */
  private static final int MOST = 1 << 21;

  /** Not known beforehand, so that no addresses can be chosen to fall together. */
  private static final long SCATTER = (System.nanoTime() * 0x9e37_79b9_7f4a_7c15L) | 1;

  private static final int FIRST_SLOTS = 64;
  private static final long EMPTY = -1;
  private static final int ALIGNMENT = 6;
  private static final int LEVEL_BITS = 3;
  private static final int RIGHTS_BITS = 5;

  private long firstKey = EMPTY;
  private long firstAddress;
  private long[] keys;
  private long[] addresses;
  private int count;

  /**
   * Notes a visit.
   *
   * @param table the table's address, aligned to 64 bytes
   * @return where the same table was visited first; {@code address} itself if that is now
   */
  long visit(long table, int level, int granted, boolean userExecute, long address) {
    long key =
        (table >>> ALIGNMENT << LEVEL_BITS | level) << RIGHTS_BITS
            | granted << 1
            | (userExecute ? 1 : 0);
    if (firstKey == EMPTY) {
      firstKey = key;
      firstAddress = address;
      return address;
    }
    if (key == firstKey) {
      return firstAddress;
    }
    if (keys == null) {
      allocate(FIRST_SLOTS);
    }
    int slot = slotOf(key);
    if (keys[slot] == key) {
      return addresses[slot];
    }
    if (count < MOST) {
      keys[slot] = key;
      addresses[slot] = address;
      count++;
      if (count * 2 > keys.length) {
        grow();
      }
    }
    return address;
  }

  private void allocate(int slots) {
    keys = new long[slots];
    addresses = new long[slots];
    Arrays.fill(keys, EMPTY);
  }

  private void grow() {
    long[] oldKeys = keys;
    long[] oldAddresses = addresses;
    allocate(oldKeys.length * 2);
    for (int i = 0; i < oldKeys.length; i++) {
      if (oldKeys[i] != EMPTY) {
        int slot = slotOf(oldKeys[i]);
        keys[slot] = oldKeys[i];
        addresses[slot] = oldAddresses[i];
      }
    }
  }

  /** The slot that holds {@code key}, or the free one where it belongs. */
  private int slotOf(long key) {
    int mask = keys.length - 1;
    int slot = (int) ((key * SCATTER) >>> 32) & mask;
    while (keys[slot] != EMPTY && keys[slot] != key) {
      slot = slot + 1 & mask;
    }
    return slot;
  }
}
