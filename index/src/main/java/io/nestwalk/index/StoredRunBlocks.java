package io.nestwalk.index;

import io.nestwalk.index.SearchIndex.RunVisitor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/** All runs of pages of an index, in the order in which its parts were completed. */
final class StoredRunBlocks implements AutoCloseable {

  private final Arena arena = Arena.ofShared();
  private final List<RunBlock> blocks = new ArrayList<>();

  /**
   * Opens the files of runs.
   *
   * @throws IOException when one of them is not there or damaged
   */
  StoredRunBlocks(Path place, List<IndexPart> parts) throws IOException {
    try {
      for (IndexPart part : parts) {
        if (part.runs().isPresent()) {
          blocks.addAll(RunFile.open(place.resolve(part.runs().get()), arena));
        }
      }
    } catch (IOException | RuntimeException e) {
      arena.close();
      throw e;
    }
  }

  /** How many there are. */
  long count() {
    return blocks.stream().mapToLong(RunBlock::count).sum();
  }

  /** How many match. */
  long count(Query query) throws IOException {
    return find(query, 0, 0, (number, run) -> {});
  }

  /** Is shown runs with their numbers, counted from 0 over all. */
  @FunctionalInterface
  interface Found {
    void run(long number, Entry.RunEntry run);
  }

  /**
   * Finds runs.
   *
   * @param from the number of the first to show
   * @param limit show at most so many
   * @return how many match in all, shown or not
   */
  long find(Query query, long from, int limit, Found found) throws IOException {
    if (!query.wantsRuns()) {
      return 0;
    }
    RunMatcher matcher = new RunMatcher(query);
    long total = 0;
    long first = 0;
    int shown = 0;
    for (RunBlock block : blocks) {
      BitSet rows = matcher.rows(block);
      total += rows.cardinality();
      if (first + block.count() > from) {
        int row = rows.nextSetBit((int) Math.max(0, from - first));
        while (row >= 0 && shown < limit) {
          found.run(first + row, block.run(row));
          shown++;
          row = rows.nextSetBit(row + 1);
        }
      }
      first += block.count();
    }
    return total;
  }

  /** Shows all, in their order. */
  void forEach(RunVisitor visitor) throws IOException {
    for (RunBlock block : blocks) {
      for (int row = 0; row < block.count(); row++) {
        visitor.run(block.run(row));
      }
    }
  }

  @Override
  public void close() {
    arena.close();
  }
}
