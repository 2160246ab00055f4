package io.nestwalk.roots;

import static org.assertj.core.api.Assertions.assertThat;

import io.nestwalk.image.Progress;
import io.nestwalk.survey.Survey;
import io.nestwalk.synthetic.SparseMemory;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which pages could be start-level tables of ARM's stage 2 with blocks. */
class StageTwoBlockDetectorTest {

  private static final long PAGE = 0x7000;
  private static final long TABLE = 0x9003;

  /** Write-back, readable and writable, shareable, accessed: as KVM writes it. */
  private static final long BLOCK = 0x4020_07fdL;

  private final SparseMemory memory = new SparseMemory();

  @BeforeEach
  void aPageWithATableAndABlock() {
    memory.putLong(PAGE + 8, TABLE);
    memory.putLong(PAGE + 0x100, BLOCK);
  }

  @Test
  void blocksBesideTables() {
    assertThat(found()).containsExactly(PAGE);
  }

  /** 0x80000057f707ff and 0x2c0000048006fc were seen in tables of Xen 4.20. */
  @Test
  void tablesAsXenNamesThemAndWhatItMadeInvalid() {
    memory.putLong(PAGE + 0x100, 0x0080_0000_57f7_07ffL);
    assertThat(found()).containsExactly(PAGE);
    memory.putLong(PAGE + 0x108, 0x02c0_0000_4820_06fcL);
    memory.putLong(PAGE + 0x110, 0x0080_0000_4038_77feL);
    assertThat(found()).containsExactly(PAGE);
  }

  @Test
  void tablesAloneAreForAnotherDetector() {
    memory.putLong(PAGE + 0x100, TABLE);
    assertThat(found()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "0x402007ed, device memory",
    "0x4020073d, a page that can neither be read nor written",
    "0x40200ffd, a bit that has no meaning in stage 2",
    "0x402017fd, an address that is not aligned",
    "0x10000402007fd, an address wider than 48 bits",
    "0x402007df, a table with some of a leaf's attributes",
    "0x402007f4, an entry that is not valid and never was"
  })
  void whatIsNoTable(String entry, String why) {
    memory.putLong(PAGE + 0x200, Long.decode(entry));
    assertThat(found()).as(why).isEmpty();
  }

  private List<Long> found() {
    StageTwoBlockDetector detector = new StageTwoBlockDetector();
    return Survey.of(memory.memory(), List.of(detector), 1, Progress.NONE).found(detector);
  }
}
