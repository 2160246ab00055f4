package io.nestwalk.find;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.IntStream;

/** Chooses how needles are looked for. */
final class NeedleScanners {

  /** With more needles than this, one walk for all costs less than a search for each. */
  private static final int FEW = 8;

  /** With more needles than this at one place an automaton is surer. */
  private static final int MANY_AT_ONCE = 64;

  /** From which lengths on steps, or the grams at them, are longer. */
  private static final NavigableSet<Integer> LENGTHS =
      new TreeSet<>(Set.of(GramScanner.SHORTEST, 6, 10, 15));

  private final List<Needle> needles;
  private final ByteCounts counts;

  /**
   * For these.
   *
   * @param counts what is common in memory
   */
  NeedleScanners(List<Needle> needles, ByteCounts counts) {
    this.needles = List.copyOf(needles);
    this.counts = counts;
  }

  /** By a rare byte that all have in common, as the encodings of one text do; else by grams. */
  List<BlockScanner> scanners() {
    List<Integer> all = IntStream.range(0, needles.size()).boxed().toList();
    Map<Byte, List<Integer>> byByte = byRarest(all);
    if (byByte.size() == 1 && counts.isRare(byByte.keySet().iterator().next())) {
      return oneByOne(byByte);
    }
    List<BlockScanner> scanners = new ArrayList<>();
    List<Integer> left = new ArrayList<>();
    Map<Integer, List<Integer>> byLength = new TreeMap<>();
    for (int number : all) {
      Integer length = LENGTHS.floor(needles.get(number).anchor().length());
      (length == null ? left : byLength.computeIfAbsent(length, l -> new ArrayList<>()))
          .add(number);
    }
    addByGrams(byLength.values(), scanners, left);
    if (left.size() > FEW) {
      scanners.add(new TrieScanner(needles, left));
    } else {
      scanners.addAll(oneByOne(byRarest(left)));
    }
    return scanners;
  }

  /**
   * The shortest needle tells how long steps may be, so those of other lengths are looked for
   * apart, unless it costs nothing to take them along.
   *
   * @param groups the shorter ones first
   * @param left gets those that cannot be looked for so
   */
  private void addByGrams(
      Iterable<List<Integer>> groups, List<BlockScanner> scanners, List<Integer> left) {
    List<Integer> shorter = List.of();
    Optional<GramScanner> last = Optional.empty();
    for (List<Integer> group : groups) {
      List<Integer> both = new ArrayList<>(shorter);
      both.addAll(group);
      Optional<GramScanner> together = byGrams(both, last.map(GramScanner::step).orElse(1));
      if (together.isEmpty() && last.isPresent()) {
        scanners.add(last.get());
        both = group;
        together = byGrams(group, 1);
      }
      if (together.isEmpty()) {
        left.addAll(group);
      }
      last = together;
      shorter = together.isEmpty() ? List.of() : both;
    }
    last.ifPresent(scanners::add);
  }

  private Optional<GramScanner> byGrams(List<Integer> wanted, int leastStep) {
    return GramScanner.of(needles, wanted, leastStep, MANY_AT_ONCE);
  }

  private Map<Byte, List<Integer>> byRarest(List<Integer> wanted) {
    Map<Byte, List<Integer>> byByte = new TreeMap<>();
    for (int number : wanted) {
      byte rarest = needles.get(number).rarest(counts);
      byByte.computeIfAbsent(rarest, b -> new ArrayList<>()).add(number);
    }
    return byByte;
  }

  /** By a rare byte each; by their bytes where none is. */
  private List<BlockScanner> oneByOne(Map<Byte, List<Integer>> byByte) {
    List<BlockScanner> scanners = new ArrayList<>();
    byByte.forEach(
        (value, numbers) -> {
          if (counts.isRare(value)) {
            scanners.add(new RareByteScanner(value, needles, numbers));
          } else {
            numbers.forEach(number -> scanners.add(new NeedleScanner(needles.get(number), number)));
          }
        });
    return scanners;
  }
}
