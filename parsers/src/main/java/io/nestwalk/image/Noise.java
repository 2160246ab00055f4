package io.nestwalk.image;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;

/**
 * Tells memory from what looks random throughout: an encrypted machine's memory, a file that is
 * packed or encrypted. In every machine's memory most pages are zero or hold text, code and
 * pointers.
 */
public final class Noise {

  private static final int PAGE = 4096;

  /** So many pages are looked at, spread over all of memory. */
  private static final int SAMPLES = 64;

  /** Less than this says nothing. */
  private static final int FEWEST = 16;

  /** One page in so many may look like memory. */
  private static final int ONE_IN = 10;

  /**
   * Bits per byte. 4096 random bytes have 7.95 with next to no spread, packed ones little less,
   * code below 7.
   */
  private static final double RANDOM = 7.8;

  private Noise() {}

  /** What to tell the user when memory looks random; said when an image is opened. */
  public static Optional<String> warning(PhysicalMemory memory) {
    List<AddressRange> ranges = memory.populatedRanges();
    long pages = 0;
    for (AddressRange range : ranges) {
      pages += range.length() / PAGE;
    }
    int samples = (int) Math.min(SAMPLES, pages);
    // What is known to be zero without looking is memory.
    boolean sparse = pages * PAGE < memory.presentBytes() / 2;
    if (samples < FEWEST || sparse) {
      return Optional.empty();
    }
    int seen = 0;
    int plain = 0;
    byte[] page = new byte[PAGE];
    for (int i = 0; i < samples; i++) {
      long address = pageAt(ranges, pages * i / samples);
      if (memory.read(address, MemorySegment.ofArray(page)) == PAGE) {
        seen++;
        plain += entropy(page) < RANDOM ? 1 : 0;
      }
      if (plain * ONE_IN > samples) {
        return Optional.empty();
      }
    }
    return seen < FEWEST
        ? Optional.empty()
        : Optional.of(
            ("%d of %d sampled pages look random: this is an encrypted machine's memory, or a file"
                    + " that is encrypted or packed, and nothing will be found in it")
                .formatted(seen - plain, seen));
  }

  /** The address of the page with that number among those of the ranges. */
  private static long pageAt(List<AddressRange> ranges, long number) {
    long left = number;
    for (AddressRange range : ranges) {
      long pages = range.length() / PAGE;
      if (left < pages) {
        return range.start() + left * PAGE;
      }
      left -= pages;
    }
    throw new IllegalArgumentException("page %d is in no range".formatted(number));
  }

  /** Shannon's entropy of the bytes, in bits per byte: 0 to 8. */
  private static double entropy(byte[] page) {
    int[] counts = new int[256];
    for (byte b : page) {
      counts[Byte.toUnsignedInt(b)]++;
    }
    double bits = 0;
    for (int count : counts) {
      if (count > 0) {
        double share = (double) count / page.length;
        bits -= share * Math.log(share) / Math.log(2);
      }
    }
    return bits;
  }
}
