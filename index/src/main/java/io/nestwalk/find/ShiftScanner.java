package io.nestwalk.find;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Looks for many needles at once and passes over most bytes unseen: Wu and Manber, "A fast
 * algorithm for multi-pattern searching" (TR-94-17, University of Arizona). Of a window as long as
 * the shortest fixed stretch the last three bytes tell how far it may be moved until they can be
 * part of any stretch.
 */
final class ShiftScanner implements BlockScanner {

  /** So many bytes at a window's end are looked at. */
  static final int GRAM = 3;

  private static final int TABLE = 1 << 16;

  /** Longer windows move no farther on average. */
  private static final int MAX_WINDOW = 64;

  private final Needle[] needles;
  private final int[] numbers;
  private final int[] anchors;
  private final int window;

  /** By the hash of a window's last bytes: how far it may be moved. */
  private final byte[] shifts = new byte[TABLE];

  /** By the same hash, where that is not at all: the needles that may stand there. */
  private final int[][] ending = new int[TABLE][];

  /** How many needles are compared at one place of memory at most. */
  private int mostAtOnce;

  private ShiftScanner(List<Needle> all, List<Integer> wanted) {
    numbers = wanted.stream().mapToInt(Integer::intValue).toArray();
    needles = wanted.stream().map(all::get).toArray(Needle[]::new);
    anchors = Arrays.stream(needles).mapToInt(Needle::anchorStart).toArray();
    Block[] fixed = Arrays.stream(needles).map(Needle::anchor).map(Block::of).toArray(Block[]::new);
    window = Math.min(MAX_WINDOW, Arrays.stream(fixed).mapToInt(Block::length).min().orElse(GRAM));
    Arrays.fill(shifts, (byte) (window - GRAM + 1));
    int[] here = new int[TABLE];
    for (Block each : fixed) {
      for (int at = 0; at <= window - GRAM; at++) {
        int hash = hash(each, at);
        shifts[hash] = (byte) Math.min(shifts[hash], window - GRAM - at);
      }
      int last = hash(each, window - GRAM);
      mostAtOnce = Math.max(mostAtOnce, ++here[last]);
    }
    for (int i = fixed.length - 1; i >= 0; i--) {
      int last = hash(fixed[i], window - GRAM);
      if (ending[last] == null) {
        ending[last] = new int[here[last]];
      }
      ending[last][--here[last]] = i;
    }
  }

  /**
   * A scanner; empty where that is none for these needles.
   *
   * @param all all needles
   * @param wanted the numbers of those to look for; each has {@link #GRAM} fixed bytes side by side
   * @param most how many needles may have to be compared at one place of memory
   */
  static Optional<ShiftScanner> of(List<Needle> all, List<Integer> wanted, int most) {
    ShiftScanner scanner = new ShiftScanner(all, wanted);
    return scanner.mostAtOnce <= most ? Optional.of(scanner) : Optional.empty();
  }

  private static int hash(Block block, int at) {
    return ((block.at(at) & 0xff) << 10
            ^ (block.at(at + 1) & 0xff) << 5
            ^ (block.at(at + 2) & 0xff))
        & TABLE - 1;
  }

  @Override
  public void scan(Block block, int from, Sink sink) {
    int last = block.length() - GRAM;
    int at = from + window - GRAM;
    while (at <= last) {
      int hash = hash(block, at);
      int shift = shifts[hash];
      if (shift == 0) {
        int start = at - (window - GRAM);
        for (int i : ending[hash]) {
          int begin = start - anchors[i];
          if (begin >= from && needles[i].isAt(block, begin)) {
            sink.match(begin, needles[i].length(), numbers[i]);
          }
        }
        shift = 1;
      }
      at += shift;
    }
  }
}
