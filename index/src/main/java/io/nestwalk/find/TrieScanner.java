package io.nestwalk.find;

import com.hankcs.algorithm.AhoCorasickDoubleArrayTrie;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Looks for many needles in one walk: Aho and Corasick's automaton over their fixed stretches. */
final class TrieScanner implements BlockScanner {

  private final List<Needle> needles;
  private final AhoCorasickDoubleArrayTrie<int[]> trie = new AhoCorasickDoubleArrayTrie<>();

  TrieScanner(List<Needle> needles) {
    this.needles = List.copyOf(needles);
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
  public void scan(String block, int from, Sink sink) {
    trie.parseText(
        block,
        (begin, end, numbers) -> {
          for (int number : numbers) {
            Needle needle = needles.get(number);
            int start = begin - needle.anchorStart();
            if (start >= from && needle.isAt(block, start)) {
              sink.match(start, needle.length(), number);
            }
          }
        });
  }
}
