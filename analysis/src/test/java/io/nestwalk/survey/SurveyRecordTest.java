package io.nestwalk.survey;

import static org.assertj.core.api.Assertions.assertThat;

import io.nestwalk.image.AddressRange;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SurveyRecordTest {

  private static SurveyRecord record(long seen, long notZero, long... pages) {
    return new SurveyRecord(
        seen, notZero, Map.of("tables", pages, "kernels", new long[] {pages[0]}), 10 * seen);
  }

  @Test
  void partsMakeOneRecordInTheOrderOfAddresses() {
    SurveyRecord whole =
        SurveyRecord.merged(
            List.of(record(8, 2, 0x9000, 0xa000), record(4, 1, 0x1000), record(2, 1, 0x20_0000)));

    assertThat(whole.pagesSeen()).isEqualTo(14);
    assertThat(whole.pagesNotZero()).isEqualTo(4);
    assertThat(whole.contents()).isEqualTo(140);
    assertThat(whole.pages().get("tables")).containsExactly(0x1000, 0x9000, 0xa000, 0x20_0000);
    assertThat(whole.pages().get("kernels")).containsExactly(0x1000, 0x9000, 0x20_0000);
  }

  @Test
  void whatLiesBehindAHoleIsMovedBehindIt() {
    SurveyRecord moved =
        record(8, 4, 0, 0xbfff_f000L, 0xc000_0000L, 0xd000_0000L)
            .around(new AddressRange(0xc000_0000L, 0x4000_0000L));

    assertThat(moved.pages().get("tables"))
        .containsExactly(0, 0xbfff_f000L, 0x1_0000_0000L, 0x1_1000_0000L);
    assertThat(moved.pagesSeen()).isEqualTo(8);
    assertThat(moved.pagesNotZero()).isEqualTo(4);
    assertThat(moved.contents()).isEqualTo(80);
  }
}
