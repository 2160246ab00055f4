package io.nestwalk.machine;

import static org.assertj.core.api.Assertions.assertThat;

import io.nestwalk.image.PhysicalMemory;
import io.nestwalk.machine.SecondLevelTable.Run;
import io.nestwalk.machine.SecondLevelTable.RunVisitor;
import io.nestwalk.memory.Budget;
import io.nestwalk.memory.Layer;
import io.nestwalk.memory.TranslatedMemory;
import io.nestwalk.paging.LeafAttributes;
import io.nestwalk.paging.PagingMode;
import io.nestwalk.paging.Walker;
import io.nestwalk.synthetic.SparseMemory;
import io.nestwalk.synthetic.X86Form;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class SecondLevelTableTest {

  /** The lower half: what lies above is no continuation of it. */
  private static final long ALL = (1L << 47) - 1;

  /** What all entries map is shown as a run or said to be a repetition. */
  @Test
  @Timeout(20)
  void tablesThatNameThemselvesAreShownOnceAndTheRestIsCounted() {
    SparseMemory bytes = new SparseMemory();
    for (int i = 0; i < 512; i++) {
      bytes.putLong(0x1000 + 8L * i, 0x1067);
    }
    PhysicalMemory host = bytes.memory();
    PagingMode mode = X86Form.longMode(4, 48).mode();
    Walker walker = new Walker(mode, 0x1000, host);
    Layer guest = TranslatedMemory.of(host, walker);
    long[] sums = new long[2];
    SecondLevelTable table =
        new SecondLevelTable(
            guest, host, Optional.of(walker), Optional.of(LeafAttributes.of(mode)));

    boolean complete =
        table
            .forEachRun(
                0,
                ALL,
                Budget.forSpace(guest),
                new RunVisitor() {
                  @Override
                  public void run(Run run) {
                    sums[0] += run.length();
                  }

                  @Override
                  public void repeated(long start, long length) {
                    sums[1] += length;
                  }
                })
            .complete();

    assertThat(complete).isTrue();
    assertThat(sums[0]).isPositive();
    assertThat(sums[1]).isPositive();
    assertThat(sums[0] + sums[1]).isEqualTo(ALL + 1);
  }
}
