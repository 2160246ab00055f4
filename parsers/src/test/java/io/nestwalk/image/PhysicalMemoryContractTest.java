package io.nestwalk.image;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** What a {@link PhysicalMemory} has to do beyond {@link MemoryContractTest}. */
abstract class PhysicalMemoryContractTest extends MemoryContractTest {

  @Override
  protected abstract PhysicalMemory memoryOf(SortedMap<Long, byte[]> pages);

  @Test
  void rangesAreMergedAscendingAndComplete() {
    PhysicalMemory memory = memoryOf(pages(0x1000, 0x2000, 0x5000, 0x3000));
    assertThat(memory.ranges())
        .containsExactly(new AddressRange(0x1000, 3 * PAGE), new AddressRange(0x5000, PAGE));
    assertThat(memory.presentBytes()).isEqualTo(4 * PAGE);
    assertThat(memory.end()).isEqualTo(0x6000);
  }

  @Test
  void emptyMemoryHasNoRange() {
    PhysicalMemory memory = memoryOf(new TreeMap<>());
    assertThat(memory.ranges()).isEmpty();
    assertThat(memory.presentBytes()).isZero();
    assertThat(memory.end()).isZero();
    assertThat(memory.getByte(0)).isEqualTo(-1);
  }

  @Test
  void viewShowsTheBytesAndNeverMoreThanAsked() {
    SortedMap<Long, byte[]> pages = pages(0x1000, 0x2000, 0x5000);
    PhysicalMemory memory = memoryOf(pages);
    MemorySegment view = memory.view(0x1800, 0x100);
    assertThat(view.byteSize()).isEqualTo(0x100);
    assertThat(view.toArray(ValueLayout.JAVA_BYTE))
        .isEqualTo(Arrays.copyOfRange(pages.get(0x1000L), 0x800, 0x900));
  }

  @Test
  void viewsPutTogetherCoverARange() {
    SortedMap<Long, byte[]> pages = pages(0x1000, 0x2000, 0x5000);
    PhysicalMemory memory = memoryOf(pages);
    long address = 0x1000;
    while (address < 0x3000) {
      MemorySegment view = memory.view(address, Long.MAX_VALUE);
      assertThat(view.byteSize()).isPositive();
      assertThat(address + view.byteSize()).isLessThanOrEqualTo(0x3000);
      assertThat(view.get(ValueLayout.JAVA_BYTE, 0)).isEqualTo((byte) memory.getByte(address));
      address += view.byteSize();
    }
  }

  @Test
  void viewOfAHoleIsEmpty() {
    PhysicalMemory memory = memoryOf(pages(0x1000));
    assertThat(memory.view(0x2000, 16).byteSize()).isZero();
    assertThat(memory.view(0xfff, 16).byteSize()).isZero();
    assertThat(memory.view(-1, 16).byteSize()).isZero();
  }

  @Test
  void whatIsNotPopulatedIsZero() {
    SortedMap<Long, byte[]> pages = new TreeMap<>();
    for (long page = 0; page < 64; page++) {
      pages.put(0x10_0000 + page * PAGE, new byte[PAGE]);
    }
    pages.put(0x5000L, new byte[PAGE]);
    pages.get(0x10_0000L + 7 * PAGE)[PAGE - 1] = 1;
    pages.get(0x10_0000L + 40 * PAGE)[0] = 1;
    PhysicalMemory memory = memoryOf(pages);
    List<AddressRange> populated = memory.populatedRanges();
    for (long page : pages.keySet()) {
      boolean held = populated.stream().anyMatch(range -> range.contains(page));
      assertThat(populated.stream().anyMatch(range -> range.contains(page + PAGE - 1)))
          .isEqualTo(held);
      assertThat(held || Arrays.equals(pages.get(page), new byte[PAGE])).isTrue();
    }
    long last = 0;
    for (AddressRange range : populated) {
      assertThat(range.length()).isPositive();
      assertThat(range.start()).isGreaterThanOrEqualTo(last);
      assertThat(memory.ranges())
          .anyMatch(whole -> whole.start() <= range.start() && range.end() <= whole.end());
      last = range.end();
    }
  }

  private static SortedMap<Long, byte[]> pages(long... addresses) {
    SortedMap<Long, byte[]> pages = new TreeMap<>();
    for (long address : addresses) {
      byte[] content = new byte[PAGE];
      for (int i = 0; i < PAGE; i++) {
        content[i] = (byte) (address / PAGE * 31 + i);
      }
      pages.put(address, content);
    }
    return pages;
  }
}
