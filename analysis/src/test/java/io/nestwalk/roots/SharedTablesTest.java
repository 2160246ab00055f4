package io.nestwalk.roots;

import static org.assertj.core.api.Assertions.assertThat;

import io.nestwalk.image.Architecture;
import io.nestwalk.image.Memory;
import io.nestwalk.paging.EntryRules;
import io.nestwalk.paging.Level;
import io.nestwalk.paging.PagingMode;
import io.nestwalk.synthetic.SparseMemory;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tables that hang below many others, on several levels, on some of which they are no tables. */
class SharedTablesTest {

  private static final int PAGES = 150;
  private static final long PAGE = 4096;
  private static final long BASE = 0x10_0000;
  private static final long TABLE = 0x63;
  private static final long LARGE = 0x80;
  private static final long SUPPRESSED = 1L << 63;

  private final SparseMemory memory = new SparseMemory();

  /** Held against a walk that remembers nothing. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4})
  void whatATableIsDependsOnItsLevelAndOnNothingThatWasAskedBefore(int seed) {
    Random random = new Random(seed);
    List<Long> pages = fill(random);
    int plausible = 0;
    for (PagingMode mode : FirstStage.of(Architecture.X86_64).modes()) {
      HierarchyExaminer examiner = new HierarchyExaminer(mode, memory.memory());
      Collections.shuffle(pages, random);
      for (long page : pages) {
        Shape shape = examiner.examine(page);
        assertThat(shape).isEqualTo(plain(mode, memory.memory(), page, 0));
        plausible += shape.isPlausible() ? 1 : 0;
      }
    }
    assertThat(plausible).isBetween(10, 2 * PAGES - 10);
  }

  @ParameterizedTest
  @ValueSource(ints = {5, 6})
  void threadsChangeNothing(int seed) {
    List<Long> pages = fill(new Random(seed));
    List<TopTables.Top> tops = tops(pages, 1);
    assertThat(tops).hasSizeGreaterThan(5);
    assertThat(tops(pages, 2)).isEqualTo(tops);
    assertThat(tops(pages, 7)).isEqualTo(tops);
  }

  /** One page is a lowest table below one root and a directory below another, where it is junk. */
  @Test
  void oneTableOnTwoLevels() {
    long pages = BASE + 16 * PAGE;
    memory.touch(pages, 32 * PAGE);
    long shared = chain(BASE, 3);
    for (int i = 0; i < 32; i++) {
      memory.putLong(shared + 8L * i, pages + PAGE * i | TABLE);
      memory.putLong(pages + PAGE * i, 0x1234_5678_9abc_de01L);
      memory.putLong(pages + PAGE * i + 8, 0x7fff_5678_9abc_de01L);
    }
    long root = BASE + 8 * PAGE;
    memory.putLong(chain(root, 1) + 8, shared | TABLE);
    HierarchyExaminer examiner =
        new HierarchyExaminer(FirstStage.of(Architecture.X86_64).commonest(), memory.memory());
    assertThat(examiner.examine(root).isPlausible()).isFalse();
    assertThat(examiner.examine(BASE)).isEqualTo(new Shape(4, 32, 32 * PAGE, 0, 0, 0));
    assertThat(examiner.examine(root).isPlausible()).isFalse();
  }

  /** Tables that name the next one, each in its first entry; the last one's address. */
  private long chain(long first, int entries) {
    long table = first;
    for (int i = 0; i < entries; i++) {
      memory.putLong(table, table + PAGE | TABLE);
      table += PAGE;
    }
    memory.touch(table, PAGE);
    return table;
  }

  private List<TopTables.Top> tops(List<Long> pages, int threads) {
    return TopTables.among(
        pages,
        FirstStage.of(Architecture.X86_64).modes().stream()
            .map(mode -> new HierarchyExaminer(mode, memory.memory()))
            .toList(),
        threads);
  }

  /** Pages of all kinds that name pages behind them, so that there is no cycle. */
  private List<Long> fill(Random random) {
    List<Long> pages = new ArrayList<>();
    for (int i = 0; i < PAGES; i++) {
      long page = BASE + PAGE * i;
      if (random.nextInt(40) == 0) {
        continue; // named, but not there
      }
      memory.touch(page, PAGE);
      pages.add(page);
      int entries = i > PAGES - 10 || random.nextInt(8) == 0 ? 0 : 1 + random.nextInt(3);
      for (int j = 0; j < entries; j++) {
        long next = BASE + PAGE * Math.min(PAGES - 1, i + 1 + random.nextInt(PAGES / 6));
        memory.putLong(slot(page, random), next | TABLE | (random.nextInt(30) == 0 ? LARGE : 0));
      }
      int odd = random.nextInt(15) == 0 ? random.nextInt(14) : 0;
      for (int j = 0; j < odd; j++) {
        memory.putLong(slot(page, random), random.nextLong() | 1L << 50);
      }
      if (random.nextInt(20) == 0) {
        memory.putLong(slot(page, random), SUPPRESSED);
        memory.putLong(slot(page, random), random.nextLong() & ~1L);
      }
    }
    return pages;
  }

  private static long slot(long page, Random random) {
    return page + 8L * random.nextInt(512);
  }

  private static Shape plain(PagingMode mode, Memory memory, long table, int depth) {
    if (!memory.isPresent(table)) {
      return Shape.JUNK;
    }
    EntryRules rules = new EntryRules(mode);
    Level level = mode.levels().get(depth);
    boolean bottom = depth == mode.levels().size() - 1;
    Tally tally = new Tally();
    tally.begin(1);
    for (int i = 0; i < level.entries(); i++) {
      long entry = memory.getLong(table + 8L * i, 0);
      if ((entry & ~SUPPRESSED) == 0) {
        continue;
      }
      switch (rules.judge(entry, depth)) {
        case TABLE ->
            tally.add(plain(mode, memory, mode.entry().tableAddress().in(entry), depth + 1));
        case LEAF -> {
          long page = level.leafAddress().in(entry);
          if (memory.isPresent(page)) {
            long size = level.pageSize();
            while (size > PAGE && !memory.isPresent(page + size - 1)) {
              size /= 2;
            }
            tally.leaves++;
            tally.bytes += size;
          } else {
            tally.outside++;
          }
        }
        case FAULT -> {
          if (bottom && (entry & 1) == 0) {
            tally.absent++;
          } else {
            tally.junk++;
          }
        }
      }
      if (tally.junk >= 8 && tally.junk > tally.leaves + tally.tables) {
        break;
      }
    }
    return tally.shape();
  }
}
