package io.nestwalk.find;

import java.util.Arrays;

/** Hits in host-physical memory, as plain arrays: there may be a million. */
final class HitList {

  private static final int FIRST = 16;

  private final int limit;
  private long[] addresses = new long[FIRST];
  private int[] lengths = new int[FIRST];
  private int[] patterns = new int[FIRST];
  private int count;
  private long refused;

  /**
   * An empty list.
   *
   * @param limit how many hits it takes
   */
  HitList(int limit) {
    this.limit = limit;
  }

  void add(long address, int length, int pattern) {
    if (count >= limit) {
      refused++;
      return;
    }
    if (count == addresses.length) {
      int larger = count * 2;
      addresses = Arrays.copyOf(addresses, larger);
      lengths = Arrays.copyOf(lengths, larger);
      patterns = Arrays.copyOf(patterns, larger);
    }
    addresses[count] = address;
    lengths[count] = length;
    patterns[count++] = pattern;
  }

  void addAll(HitList other) {
    for (int i = 0; i < other.count; i++) {
      add(other.addresses[i], other.lengths[i], other.patterns[i]);
    }
    refused += other.refused;
  }

  int count() {
    return count;
  }

  /** How many hits there was no room for. */
  long refused() {
    return refused;
  }

  long address(int index) {
    return addresses[index];
  }

  int length(int index) {
    return lengths[index];
  }

  int pattern(int index) {
    return patterns[index];
  }
}
