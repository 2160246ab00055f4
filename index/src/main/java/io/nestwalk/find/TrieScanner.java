package io.nestwalk.find;

import com.hankcs.algorithm.AhoCorasickDoubleArrayTrie;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Looks for many needles in one walk: Aho and Corasick's automaton over their fixed stretches. */
final class TrieScanner implements BlockScanner {

  private final List<Needle> needles;
  private final int[] numbers;
  private final AhoCorasickDoubleArrayTrie<int[]> trie = new AhoCorasickDoubleArrayTrie<>();

  /**
   * A scanner.
   *
   * @param all all needles
   * @param wanted the numbers of those to look for
   */
  TrieScanner(List<Needle> all, List<Integer> wanted) {
    needles = wanted.stream().map(all::get).toList();
    numbers = wanted.stream().mapToInt(Integer::intValue).toArray();
    Map<String, List<Integer>> byAnchor = new TreeMap<>();
    for (int i = 0; i < needles.size(); i++) {
      byAnchor.computeIfAbsent(needles.get(i).anchor(), a -> new ArrayList<>()).add(i);
    }
    Map<String, int[]> keys = new TreeMap<>();
    byAnchor.forEach(
        (anchor, list) -> keys.put(anchor, list.stream().mapToInt(Integer::intValue).toArray()));
    trie.build(keys);
  }

  @Override
  public void scan(Block block, int from, Sink sink) {
    trie.parseText(
        block.text(),
        (begin, end, here) -> {
          for (int index : here) {
            Needle needle = needles.get(index);
            int start = begin - needle.anchorStart();
            if (start >= from && needle.isAt(block, start)) {
              sink.match(start, needle.length(), numbers[index]);
            }
          }
        });
  }
}
