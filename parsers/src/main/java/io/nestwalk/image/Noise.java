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
  private static final double RANDOM_BITS = 7.8;

  /** So many bytes of a page are looked at before all are counted. */
  private static final int SOME = 256;

  /**
   * How far the next one lies from each, around the page's end: by the golden ratio, so that they
   * come in no step in which memory is laid out.
   */
  private static final int STEP = 2531;

  /**
   * With so many zeros among those, as most pages of memory have, a page is none of random bytes.
   */
  private static final int MANY_ZEROS = SOME / 8;

  private Noise() {}

  /** What to tell the user when memory looks random; said when an image is opened. */
  public static Optional<String> warning(PhysicalMemory memory) {
    // To ask a large file for its holes takes longer than all else, and most images are seen to be
    // memory without that.
    if (Look.at(memory, memory.ranges(), true).isMemory()) {
      return Optional.empty();
    }
    List<AddressRange> ranges = memory.populatedRanges();
    // What is known to be zero without looking is memory.
    if (pagesIn(ranges) * PAGE < memory.presentBytes() / 2) {
      return Optional.empty();
    }
    Look look = Look.at(memory, ranges, false);
    return look.isMemory() || look.pages() < FEWEST
        ? Optional.empty()
        : Optional.of(
            ("%d of %d sampled pages look random: this is an encrypted machine's memory, or a file"
                    + " that is encrypted or packed, and nothing will be found in it")
                .formatted(look.random, look.pages()));
  }

  private static long pagesIn(List<AddressRange> ranges) {
    long pages = 0;
    for (AddressRange range : ranges) {
      pages += range.length() / PAGE;
    }
    return pages;
  }

  /**
   * What pages from all over some ranges look like.
   *
   * @param samples how many were to be looked at: the look ends when enough of them are plain
   * @param random how many look random
   * @param plain how many look like memory
   */
  private record Look(int samples, int random, int plain) {

    /**
     * Looks at pages.
     *
     * @param unasked whether the ranges may have holes of the file: a page of one value, as those
     *     are, says nothing then
     */
    static Look at(PhysicalMemory memory, List<AddressRange> ranges, boolean unasked) {
      long pages = pagesIn(ranges);
      int samples = (int) Math.min(SAMPLES, pages);
      int random = 0;
      int plain = 0;
      byte[] page = new byte[PAGE];
      for (int i = 0; i < samples && plain * ONE_IN <= samples; i++) {
        long address = pageAt(ranges, pages * i / samples);
        if (memory.read(address, MemorySegment.ofArray(page)) < PAGE) {
          continue;
        }
        switch (Kind.of(page)) {
          case RANDOM -> random++;
          case PLAIN -> plain++;
          case OF_ONE_VALUE -> plain += unasked ? 0 : 1;
        }
      }
      return new Look(samples, random, plain);
    }

    boolean isMemory() {
      return plain * ONE_IN > samples;
    }

    int pages() {
      return random + plain;
    }
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

  /** What a page looks like. */
  private enum Kind {
    RANDOM,
    PLAIN,
    OF_ONE_VALUE;

    static Kind of(byte[] page) {
      int zeros = 0;
      for (int i = 0; i < SOME; i++) {
        zeros += page[i * STEP & PAGE - 1] == 0 ? 1 : 0;
      }
      if (zeros > MANY_ZEROS) {
        return zeros < SOME ? PLAIN : OF_ONE_VALUE;
      }
      double entropy = entropy(page);
      return entropy >= RANDOM_BITS ? RANDOM : entropy > 0 ? PLAIN : OF_ONE_VALUE;
    }
  }

  /** Shannon's entropy of the bytes, in bits per byte: 0 to 8. */
  private static double entropy(byte[] page) {
    int[] counts = new int[256];
    for (byte b : page) {
      counts[Byte.toUnsignedInt(b)]++;
    }
    double nats = 0;
    for (int count : counts) {
      if (count > 0) {
        double share = (double) count / page.length;
        nats -= share * Math.log(share);
      }
    }
    return nats / Math.log(2);
  }
}
