package io.nestwalk.synthetic;

import java.util.NavigableMap;
import java.util.Random;
import java.util.TreeMap;

/** Hands out physical memory, none of it twice. */
public final class Frames {

  private static final int MAX_TRIES = 1000;

  private final Random random;
  private final int maxBits;
  private final NavigableMap<Long, Long> taken = new TreeMap<>();
  private long next;

  private Frames(Random random, int maxBits, long next) {
    this.random = random;
    this.maxBits = maxBits;
    this.next = next;
  }

  /** Frames side by side, upwards from an address. */
  public static Frames from(long start) {
    return new Frames(null, Long.SIZE, start);
  }

  /** Frames anywhere. */
  public static Frames scattered(Random random) {
    return scattered(random, Long.SIZE);
  }

  /** Frames below 2^{@code maxBits}, beyond where there is no room. */
  public static Frames scattered(Random random, int maxBits) {
    return new Frames(random, maxBits, 0);
  }

  /** Takes {@code length} bytes of a space of 2^{@code addressBits}, aligned to 2^{@code shift}. */
  public long take(long length, int shift, int addressBits) {
    if (random == null) {
      long start = next + (1L << shift) - 1 & -1L << shift;
      next = start + length;
      return start;
    }
    for (int tries = 0; tries < MAX_TRIES; tries++) {
      boolean fits = tries < MAX_TRIES / 2 && shift < maxBits - 1;
      int bits = fits ? Math.min(addressBits, maxBits) : addressBits;
      long start = somewhere(shift, bits);
      if (start + length <= 1L << bits && isFree(start, length)) {
        taken.put(start, start + length);
        return start;
      }
    }
    throw new IllegalStateException("no room for " + length + " bytes");
  }

  /** Marks memory as taken. */
  public void keep(long start, long length) {
    taken.put(start, start + length);
  }

  /** Not page 0, and as often low as high. */
  private long somewhere(int shift, int addressBits) {
    int bits = Math.max(shift + 1, addressBits - random.nextInt(Math.max(1, addressBits - shift)));
    long mask = (1L << bits) - 1 & -1L << shift;
    long address = random.nextLong() & mask;
    return address == 0 ? 1L << (bits - 1) : address;
  }

  private boolean isFree(long start, long length) {
    var before = taken.lowerEntry(start + length);
    return before == null || before.getValue() <= start;
  }
}
