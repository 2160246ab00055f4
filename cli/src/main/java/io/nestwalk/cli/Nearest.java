package io.nestwalk.cli;

import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** What a misspelt word may have been meant to be. */
final class Nearest {

  private static final int MOST = 3;

  /** One letter in so many may be wrong. */
  private static final int LETTERS = 3;

  private Nearest() {}

  /** The words that are least far from one; none where all are far from it. */
  static List<String> of(String word, Collection<String> known) {
    int bound = word.length() < LETTERS ? 0 : Math.max(1, word.length() / LETTERS);
    Map<String, Integer> far =
        known.stream()
            .distinct()
            .filter(each -> begins(word, each) || distance(word, each) <= bound)
            .collect(Collectors.toMap(each -> each, each -> distance(word, each)));
    return far.entrySet().stream()
        .filter(each -> each.getValue().equals(Collections.min(far.values())))
        .map(Map.Entry::getKey)
        .sorted()
        .limit(MOST)
        .toList();
  }

  private static boolean begins(String word, String known) {
    return word.length() >= LETTERS && known.startsWith(word);
  }

  /** How many letters must be put in, left out, changed, or changed with their neighbour. */
  private static int distance(String a, String b) {
    int[][] costs = new int[a.length() + 1][b.length() + 1];
    for (int i = 0; i <= a.length(); i++) {
      for (int j = 0; j <= b.length(); j++) {
        if (i == 0 || j == 0) {
          costs[i][j] = i + j;
          continue;
        }
        int same = a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1;
        int least =
            Math.min(costs[i - 1][j - 1] + same, Math.min(costs[i - 1][j], costs[i][j - 1]) + 1);
        boolean swapped =
            i > 1
                && j > 1
                && a.charAt(i - 1) == b.charAt(j - 2)
                && a.charAt(i - 2) == b.charAt(j - 1);
        costs[i][j] = swapped ? Math.min(least, costs[i - 2][j - 2] + 1) : least;
      }
    }
    return costs[a.length()][b.length()];
  }
}
