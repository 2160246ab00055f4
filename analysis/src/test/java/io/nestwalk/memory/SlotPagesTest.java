package io.nestwalk.memory;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class SlotPagesTest {

  @Test
  void everyPageIsShown() {
    List<Long> pages = new ArrayList<>();
    List<MemorySlot> slots =
        List.of(new MemorySlot(0, 0x2000, 0x10000), new MemorySlot(0x8000, 0x1000, 0x20000));
    assertThat(SlotPages.forEach(slots, pages::add)).isTrue();
    assertThat(pages).containsExactly(0L, 0x1000L, 0x8000L);
    assertThat(SlotPages.exceeded(slots)).isFalse();
  }

  @Test
  void aClaimThatNoMachineCanMeetEnds() {
    List<MemorySlot> slots = List.of(new MemorySlot(0, 1L << 61, 0x10000));
    long[] count = {0};
    assertThat(SlotPages.forEach(slots, page -> ++count[0] > 0)).isFalse();
    assertThat(count[0]).isEqualTo(1L << 28);
    assertThat(SlotPages.exceeded(slots)).isTrue();
  }

  @Test
  void theVisitorMayStop() {
    List<MemorySlot> slots = List.of(new MemorySlot(0, 1L << 61, 0x10000));
    assertThat(SlotPages.forEach(slots, page -> page < 0x5000)).isFalse();
  }
}
