package io.nestwalk.fleet.opensearch;

import java.util.List;
import java.util.Optional;

/**
 * Whose entries are meant.
 *
 * @param image of which image; empty for those of all
 * @param without but not of these, of which not everything is there
 */
record Scope(Optional<String> image, List<String> without) {

  private static final int MOST_NAMED = 10;

  Scope {
    without = List.copyOf(without);
  }

  /** The entries of one image. */
  static Scope of(String image) {
    return new Scope(Optional.of(image), List.of());
  }

  /** What is to be said of answers. */
  List<String> warnings() {
    if (without.isEmpty()) {
      return List.of();
    }
    String names = String.join(", ", without.subList(0, Math.min(MOST_NAMED, without.size())));
    return List.of(
        "not in the answer, since not everything of them is in the index yet: %s%s"
            .formatted(
                names,
                without.size() > MOST_NAMED
                    ? " and %d more".formatted(without.size() - MOST_NAMED)
                    : ""));
  }
}
