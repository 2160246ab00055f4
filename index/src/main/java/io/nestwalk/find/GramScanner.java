package io.nestwalk.find;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Looks for many needles at once, in steps of up to eight bytes: whichever bytes of a needle a step
 * falls on, the few bytes from there on, a gram, are known to be one of the needle's. A filter of
 * bits tells most of memory from these. Steps do not depend on what was seen, so the processor is
 * ahead of them. Immutable.
 */
final class GramScanner implements BlockScanner {

  /** Needles with fewer fixed bytes side by side are not looked for. */
  static final int SHORTEST = 3;

  private static final int LONGEST_STEP = 8;

  /** So many bytes of a needle are looked at to choose its grams. */
  private static final int LOOKED_AT = 64;

  /** A gram has at least so many bytes: of fewer too many are alike. */
  private static final int LEAST_GRAM = 3;

  /** Of more grams the lists take too much memory. */
  private static final int MOST_GRAMS = 1 << 21;

  /** So many bits of the filter for each gram, at least: one in so many grams passes by chance. */
  private static final int FILTER_BITS = 32;

  private static final int LEAST_FILTER_SHIFT = 15;
  private static final int MOST_FILTER_SHIFT = 22;

  /** So many hashes of the filter share a list of needles. */
  private static final int HASHES_SHIFT = 4;

  /** Spreads grams over hashes: 2^64 by the golden ratio. */
  private static final long SPREAD = 0x9E37_79B9_7F4A_7C15L;

  private final int step;
  private final int size;
  private final long mask;
  private final int hashShift;
  private final long[] filter;

  /** By list, of which there is one more: where in the next ones its part begins. */
  private final int[] lists;

  private final long[] grams;

  /** The needle that has the gram, and where in it. */
  private final int[] owners;

  private final int[] offsets;
  private final Needle[] needles;
  private final int[] numbers;

  private GramScanner(List<Needle> all, List<Integer> wanted, int step) {
    this.step = step;
    numbers = wanted.stream().mapToInt(Integer::intValue).toArray();
    needles = wanted.stream().map(all::get).toArray(Needle[]::new);
    Block[] fixed = Arrays.stream(needles).map(Needle::anchor).map(Block::of).toArray(Block[]::new);
    int shortest = Arrays.stream(fixed).mapToInt(Block::length).min().orElseThrow();
    size = Math.min(Long.BYTES, shortest - step + 1);
    mask = -1L >>> (Long.SIZE - size * Byte.SIZE);
    int count = needles.length * step;
    int bits = Integer.SIZE - Integer.numberOfLeadingZeros(FILTER_BITS * count - 1);
    int filterShift = Math.clamp(bits, LEAST_FILTER_SHIFT, MOST_FILTER_SHIFT);
    hashShift = Long.SIZE - filterShift;
    filter = new long[1 << (filterShift - 6)];
    lists = new int[(1 << (filterShift - HASHES_SHIFT)) + 1];
    int[] starts = starts(fixed);
    for (int i = 0; i < fixed.length; i++) {
      for (int at = starts[i]; at < starts[i] + step; at++) {
        int hash = hash(gram(fixed[i], at));
        filter[hash >>> 6] |= 1L << hash;
        lists[hash >>> HASHES_SHIFT]++;
      }
    }
    int end = 0;
    for (int i = 0; i < lists.length; i++) {
      end += lists[i];
      lists[i] = end;
    }
    grams = new long[count];
    owners = new int[count];
    offsets = new int[count];
    for (int i = needles.length - 1; i >= 0; i--) {
      for (int at = starts[i]; at < starts[i] + step; at++) {
        long gram = gram(fixed[i], at);
        int entry = --lists[hash(gram) >>> HASHES_SHIFT];
        grams[entry] = gram;
        owners[entry] = i;
        offsets[entry] = needles[i].anchorStart() + at;
      }
    }
  }

  /**
   * A scanner with the longest steps that do; empty where that is none for these needles.
   *
   * @param all all needles
   * @param wanted the numbers of those to look for, at least one; each has {@link #SHORTEST} fixed
   *     bytes side by side
   * @param leastStep no shorter steps are wanted: 1, 2, 4 or 8
   * @param most how many needles may have to be compared at one place of memory
   */
  static Optional<GramScanner> of(List<Needle> all, List<Integer> wanted, int leastStep, int most) {
    int shortest = wanted.stream().mapToInt(i -> all.get(i).anchor().length()).min().orElseThrow();
    for (int step = LONGEST_STEP; step >= leastStep; step /= 2) {
      // Shorter steps leave longer grams, of which fewer are alike, and fewer grams.
      boolean fits = (long) wanted.size() * step <= MOST_GRAMS;
      if (fits && shortest - step + 1 >= LEAST_GRAM) {
        GramScanner scanner = new GramScanner(all, wanted, step);
        if (scanner.mostAtOnce() <= most) {
          return Optional.of(scanner);
        }
      }
    }
    return Optional.empty();
  }

  int step() {
    return step;
  }

  /**
   * Where in each needle the grams begin that it is known by: those that the fewest others have.
   */
  private int[] starts(Block[] fixed) {
    int[] having = new int[lists.length];
    for (Block each : fixed) {
      for (int at = 0; at <= lastGram(each); at++) {
        having[listOf(each, at)]++;
      }
    }
    int[] starts = new int[fixed.length];
    for (int i = 0; i < fixed.length; i++) {
      int fewest = Integer.MAX_VALUE;
      for (int start = 0; start <= lastGram(fixed[i]) - step + 1; start++) {
        int most = 0;
        for (int at = start; at < start + step; at++) {
          most = Math.max(most, having[listOf(fixed[i], at)]);
        }
        if (most < fewest) {
          fewest = most;
          starts[i] = start;
        }
      }
    }
    return starts;
  }

  private int lastGram(Block block) {
    return Math.min(block.length(), LOOKED_AT) - size;
  }

  private int listOf(Block block, int at) {
    return hash(gram(block, at)) >>> HASHES_SHIFT;
  }

  private int mostAtOnce() {
    int most = 0;
    for (int i = 0; i + 1 < lists.length; i++) {
      most = Math.max(most, lists[i + 1] - lists[i]);
    }
    return most;
  }

  private int hash(long gram) {
    return (int) ((gram * SPREAD) >>> hashShift);
  }

  /** The bytes from there on as a number, as {@link Block#word} has them. */
  private long gram(Block block, int at) {
    long gram = 0;
    for (int i = size - 1; i >= 0; i--) {
      gram = (gram << Byte.SIZE) | (block.at(at + i) & 0xff);
    }
    return gram;
  }

  @Override
  public void scan(Block block, int from, Sink sink) {
    int at = from;
    for (int last = block.length() - Long.BYTES; at <= last; at += step) {
      long gram = block.word(at) & mask;
      int hash = hash(gram);
      if (((filter[hash >>> 6] >>> hash) & 1) != 0) {
        compare(block, from, at, gram, sink);
      }
    }
    for (; at <= block.length() - size; at += step) {
      compare(block, from, at, gram(block, at), sink);
    }
  }

  private void compare(Block block, int from, int at, long gram, Sink sink) {
    int list = hash(gram) >>> HASHES_SHIFT;
    for (int entry = lists[list]; entry < lists[list + 1]; entry++) {
      if (grams[entry] == gram) {
        int needle = owners[entry];
        int start = at - offsets[entry];
        if (start >= from && needles[needle].isAt(block, start)) {
          sink.match(start, needles[needle].length(), numbers[needle]);
        }
      }
    }
  }
}
