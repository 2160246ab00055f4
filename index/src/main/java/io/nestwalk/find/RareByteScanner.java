package io.nestwalk.find;

import java.util.List;

/**
 * Looks for needles that have a byte in common which is rare in memory: for that byte, and for the
 * needles where it stands.
 */
final class RareByteScanner implements BlockScanner {

  private final byte value;
  private final Needle[] needles;
  private final int[] numbers;

  /** Where in each needle the byte stands. */
  private final int[] offsets;

  /**
   * A scanner.
   *
   * @param value the byte
   * @param all all needles
   * @param numbers those of them to look for, each of which has that byte, as a whole
   */
  RareByteScanner(byte value, List<Needle> all, List<Integer> numbers) {
    this.value = value;
    this.numbers = numbers.stream().mapToInt(Integer::intValue).toArray();
    needles = numbers.stream().map(all::get).toArray(Needle[]::new);
    offsets = numbers.stream().mapToInt(number -> all.get(number).indexOf(value)).toArray();
  }

  @Override
  public void scan(Block block, int from, Sink sink) {
    for (int at = block.indexOf(value, from); at >= 0; at = block.indexOf(value, at + 1)) {
      for (int i = 0; i < needles.length; i++) {
        int start = at - offsets[i];
        if (start >= from && needles[i].isAt(block, start)) {
          sink.match(start, needles[i].length(), numbers[i]);
        }
      }
    }
  }
}
