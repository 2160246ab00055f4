package io.nestwalk.paging;

import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;

/**
 * Numbers, such as addresses, and where it is made so a value for each, without an object for any:
 * open addressing, in tables that are at most half full. A number may be any but -1. For one
 * thread.
 */
public final class LongTable {

  /** In place of a place: the number is not there. */
  public static final int ABSENT = -1;

  private static final long FREE = -1;
  private static final int FIRST_BITS = 6;

  /** Not known beforehand, so that no numbers can be chosen to fall together. */
  private static final long SCATTER = (System.nanoTime() * 0x9e37_79b9_7f4a_7c15L) | 1;

  private final boolean valued;
  private long[] keys;
  private long[] values;
  private int shift;
  private int size;

  private LongTable(boolean valued) {
    this.valued = valued;
    allocate(FIRST_BITS);
  }

  /** An empty set of numbers. */
  public static LongTable ofKeys() {
    return new LongTable(false);
  }

  /** An empty map from numbers to numbers. */
  public static LongTable ofValues() {
    return new LongTable(true);
  }

  /** How many there are. */
  public int size() {
    return size;
  }

  /** Whether a number is there. */
  public boolean contains(long key) {
    return keys[placeOf(key)] != FREE;
  }

  /** The place of a number until the next one is added, or {@link #ABSENT}. */
  public int find(long key) {
    int at = placeOf(key);
    return keys[at] == FREE ? ABSENT : at;
  }

  /** The value of the number at a place that {@link #find} gave; of a map alone. */
  public long value(int place) {
    return values[place];
  }

  /** Adds a number to a set; false when it was there. */
  public boolean add(long key) {
    return place(key) != ABSENT;
  }

  /** Adds a number that is not there with its value to a map; one that is there stays as it is. */
  public void put(long key, long value) {
    int at = place(key);
    if (at != ABSENT) {
      values[at] = value;
    }
  }

  /** Makes room for a number and puts it there. */
  private int place(long key) {
    int at = placeOf(key);
    if (keys[at] != FREE) {
      return ABSENT;
    }
    size++;
    if (size * 2 > keys.length) {
      grow();
      at = placeOf(key);
    }
    keys[at] = key;
    return at;
  }

  /** Takes all away; the room stays. */
  public void clear() {
    Arrays.fill(keys, FREE);
    size = 0;
  }

  /** The same numbers as objects. */
  public Set<Long> toSet() {
    Set<Long> all = HashSet.newHashSet(size);
    for (long key : keys) {
      if (key != FREE) {
        all.add(key);
      }
    }
    return all;
  }

  private void allocate(int bits) {
    keys = new long[1 << bits];
    Arrays.fill(keys, FREE);
    if (valued) {
      values = new long[1 << bits];
    }
    shift = Long.SIZE - bits;
  }

  private void grow() {
    long[] oldKeys = keys;
    long[] oldValues = values;
    allocate(Long.SIZE - shift + 1);
    for (int i = 0; i < oldKeys.length; i++) {
      if (oldKeys[i] != FREE) {
        int at = placeOf(oldKeys[i]);
        keys[at] = oldKeys[i];
        if (valued) {
          values[at] = oldValues[i];
        }
      }
    }
  }

  /** Where a number stands, or the free place where it belongs. */
  private int placeOf(long key) {
    long[] all = keys;
    int at = (int) ((key * SCATTER) >>> shift);
    while (all[at] != key && all[at] != FREE) {
      at = (at + 1) & (all.length - 1);
    }
    return at;
  }
}
