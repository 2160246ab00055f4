package io.nestwalk.roots;

import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;

/** Addresses, or what else is never -1, without an object for each. For one thread. */
final class AddressSet {

  private static final long FREE = -1;
  private static final int FIRST_BITS = 6;

  /** Not known beforehand, so that no addresses can be chosen to fall together. */
  private static final long SCATTER = (System.nanoTime() * 0x9e37_79b9_7f4a_7c15L) | 1;

  private long[] places;
  private int shift;
  private int size;

  /** An empty set. */
  AddressSet() {
    allocate(FIRST_BITS);
  }

  int size() {
    return size;
  }

  boolean contains(long address) {
    return places[placeOf(address)] != FREE;
  }

  /** Adds an address; false when it was there. */
  boolean add(long address) {
    int at = placeOf(address);
    if (places[at] != FREE) {
      return false;
    }
    places[at] = address;
    if (++size * 2 > places.length) {
      long[] old = places;
      allocate(Long.SIZE - shift + 1);
      for (long each : old) {
        if (each != FREE) {
          places[placeOf(each)] = each;
        }
      }
    }
    return true;
  }

  /** The same addresses as objects. */
  Set<Long> toSet() {
    Set<Long> all = HashSet.newHashSet(size);
    for (long each : places) {
      if (each != FREE) {
        all.add(each);
      }
    }
    return all;
  }

  private void allocate(int bits) {
    places = new long[1 << bits];
    shift = Long.SIZE - bits;
    Arrays.fill(places, FREE);
  }

  private int placeOf(long address) {
    int at = (int) ((address * SCATTER) >>> shift);
    while (places[at] != address && places[at] != FREE) {
      at = (at + 1) & (places.length - 1);
    }
    return at;
  }
}
