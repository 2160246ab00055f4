package io.nestwalk.memory;

import static org.assertj.core.api.Assertions.assertThat;

import io.nestwalk.image.PhysicalMemory;
import io.nestwalk.paging.Walker;
import io.nestwalk.synthetic.SparseMemory;
import io.nestwalk.synthetic.X86Form;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Tables that name themselves are shown once, and as mirrors of that. */
class RepeatedTablesTest {

  private static final long PRESENT = 0x67;
  private static final int ENTRIES = 512;

  private final SparseMemory bytes = new SparseMemory();

  private Layer space(long root) {
    PhysicalMemory host = bytes.memory();
    return TranslatedMemory.of(host, new Walker(X86Form.longMode(4, 48).mode(), root, host));
  }

  private void fill(long table, long target) {
    for (int i = 0; i < ENTRIES; i++) {
      bytes.putLong(table + 8L * i, target | PRESENT);
    }
  }

  @Test
  @Timeout(20)
  void aRootThatNamesItselfEnds() {
    fill(0x1000, 0x1000);
    List<PageRuns.Run> runs = new ArrayList<>();
    Layer space = space(0x1000);
    Enumerated shown = PageRuns.forEach(space, Budget.forSpace(space), runs::add);
    assertThat(shown.complete()).isTrue();
    assertThat(runs).hasSizeLessThan(20_000);
    assertThat(runs).anyMatch(run -> run.state().name().equals(PageState.MIRROR));
    // Nothing between two runs is passed over: what all entries map is told, page or mirror.
    assertThat(runs.stream().mapToLong(PageRuns.Run::length).sum()).isEqualTo(1L << 48);
  }

  @Test
  void whatWasNotShownIsSaid() {
    fill(0x1000, 0x2000);
    fill(0x2000, 0x3000);
    fill(0x3000, 0x4000);
    fill(0x4000, 0x5000);
    List<PageRuns.Run> runs = new ArrayList<>();
    Enumerated shown = PageRuns.forEach(space(0x1000), Budget.of(100), runs::add);
    assertThat(shown.complete()).isFalse();
    assertThat(shown.cutFrom()).isEqualTo(runs.getLast().end());
    assertThat(runs).hasSizeLessThanOrEqualTo(100);
  }
}
