package io.nestwalk.image;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class CoarseRangesTest {

  private static final AddressRange ALL = new AddressRange(0, Long.MAX_VALUE);

  @Test
  void rangesAreWidenedToPagesAndShortGapsGivenUp() {
    CoarseRanges ranges = new CoarseRanges();
    ranges.add(0x1ff0, 0x2001);
    ranges.add(0x5000, 0x6000); // two pages further on
    ranges.add(0x10_0000, 0x10_1000);
    assertThat(ranges.within(List.of(ALL)))
        .containsExactly(new AddressRange(0x1000, 0x5000), new AddressRange(0x10_0000, 0x1000));
  }

  @Test
  void aRangeThatLiesInTheLastOneChangesNothing() {
    CoarseRanges ranges = new CoarseRanges();
    ranges.add(0x1000, 0x9000);
    ranges.add(0x2000, 0x3000);
    assertThat(ranges.within(List.of(ALL))).containsExactly(new AddressRange(0x1000, 0x8000));
  }

  @Test
  void onlyWhatIsAskedForComesOut() {
    CoarseRanges ranges = new CoarseRanges();
    ranges.add(0x1000, 0x4000);
    ranges.add(0x8_0000, 0x9_0000);
    assertThat(
            ranges.within(
                List.of(
                    new AddressRange(0x800, 0x1000),
                    new AddressRange(0x2000, 0x100),
                    new AddressRange(0x5000, 0x1000),
                    new AddressRange(0x8_8000, 0x10_0000))))
        .containsExactly(
            new AddressRange(0x1000, 0x800),
            new AddressRange(0x2000, 0x100),
            new AddressRange(0x8_8000, 0x8000));
  }

  @Test
  void manyRangesBecomeFewAndCoverWhatWasAdded() {
    CoarseRanges ranges = new CoarseRanges();
    int count = 1 << 20;
    long step = 1 << 20;
    for (long i = 0; i < count; i++) {
      ranges.add(i * step + 0x8000, i * step + 0x8001);
    }
    List<AddressRange> found = ranges.within(List.of(ALL));
    assertThat(found).hasSizeLessThanOrEqualTo(1 << 17);
    int at = 0;
    for (long i = 0; i < count; i++) {
      long address = i * step + 0x8000;
      while (found.get(at).end() <= address) {
        at++;
      }
      assertThat(found.get(at).contains(address)).isTrue();
    }
  }

  @Test
  void theTopOfMemoryDoesNotOverflow() {
    CoarseRanges ranges = new CoarseRanges();
    ranges.add(Long.MAX_VALUE - 100, Long.MAX_VALUE);
    List<AddressRange> found = ranges.within(List.of(ALL));
    assertThat(found.getLast().end()).isEqualTo(Long.MAX_VALUE);
  }
}
