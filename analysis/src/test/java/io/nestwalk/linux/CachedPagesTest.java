package io.nestwalk.linux;

import static org.assertj.core.api.Assertions.assertThat;

import io.nestwalk.memory.Budget;
import io.nestwalk.memory.Enumerated;
import io.nestwalk.paging.Permissions;
import io.nestwalk.paging.Translation;
import io.nestwalk.synthetic.SparseMemory;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class CachedPagesTest {

  private static final long PAGE = 4096;
  private static final long FIRST = 0x7000_0000_0000L;

  private static CachedPages pages() {
    CachedPages.Builder builder = new CachedPages.Builder(12);
    assertThat(builder.isEmpty()).isTrue();
    builder.add(FIRST, 0x10_0000, /* mayBeWritten= */ false);
    builder.add(FIRST + PAGE, 0x10_1000, /* mayBeWritten= */ false);
    builder.add(FIRST + 2 * PAGE, 0x20_0000, /* mayBeWritten= */ false);
    builder.add(FIRST + 8 * PAGE, 0x20_1000, /* mayBeWritten= */ true);
    // A lie of the kernel's lists: what is known of the page stays.
    builder.add(FIRST + PAGE, 0x66_6000, /* mayBeWritten= */ true);
    return builder.over(new SparseMemory().memory());
  }

  @Test
  void pagesLieWhereTheCacheHasThem() {
    CachedPages pages = pages();
    assertThat(Translation.address(pages.translate(FIRST + 0x1234))).isEqualTo(0x10_1234);
    assertThat(Translation.address(pages.translate(FIRST + 2 * PAGE + 1))).isEqualTo(0x20_0001);
    assertThat(pages.pass(FIRST).permissions()).isEqualTo(Permissions.ALL & ~Permissions.WRITE);
    assertThat(pages.pass(FIRST + 8 * PAGE).permissions()).isEqualTo(Permissions.ALL);
    for (long none : new long[] {0, FIRST - 1, FIRST + 3 * PAGE, FIRST + 9 * PAGE, -1}) {
      assertThat(Translation.isFault(pages.translate(none))).as("0x%x", none).isTrue();
      assertThat(pages.pass(none).permissions()).isZero();
    }
  }

  @Test
  void runsAreCutToWhatWasAskedAndToTheBudget() {
    assertThat(runs(0, -1, 8))
        .containsExactly("0+2 at 100000", "2+1 at 200000", "8+1 at 201000", "all");
    assertThat(runs(FIRST + PAGE + 5, FIRST + 8 * PAGE - 1, 8))
        .containsExactly("1+1 at 101000", "2+1 at 200000", "all");
    assertThat(runs(FIRST + 3 * PAGE, FIRST + 4 * PAGE, 8)).containsExactly("all");
    assertThat(runs(0, -1, 1)).containsExactly("0+2 at 100000", "cut from 2");
  }

  private static List<String> runs(long from, long to, int budget) {
    List<String> runs = new ArrayList<>();
    Enumerated shown =
        pages()
            .forEachRun(
                from,
                to,
                Budget.of(budget),
                (start, below, length, shift, permissions, state) ->
                    runs.add(
                        "%d+%d at %x".formatted((start - FIRST) / PAGE, length / PAGE, below)));
    runs.add(shown.complete() ? "all" : "cut from " + (shown.cutFrom() - FIRST) / PAGE);
    return runs;
  }
}
