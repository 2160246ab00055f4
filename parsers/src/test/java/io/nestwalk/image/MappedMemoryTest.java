package io.nestwalk.image;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import org.junit.jupiter.api.Test;

class MappedMemoryTest extends PhysicalMemoryContractTest {

  /** The file does not begin with a page, so that no alignment is taken for granted. */
  private static final int LEAD = 13;

  private byte[] file = new byte[0];

  @Override
  protected PhysicalMemory memoryOf(SortedMap<Long, byte[]> pages) {
    // Backwards: pages that touch in memory are apart in the file.
    file = new byte[LEAD + pages.size() * PAGE];
    List<MemoryRun> runs = new ArrayList<>();
    int at = LEAD;
    for (long address : pages.sequencedKeySet().reversed()) {
      System.arraycopy(pages.get(address), 0, file, at, PAGE);
      runs.add(new MemoryRun(address, PAGE, at));
      at += PAGE;
    }
    return MappedMemory.of(MemorySegment.ofArray(file), runs);
  }

  @Override
  protected byte storedByte(long location) {
    return file[(int) location];
  }

  @Test
  void runsThatGoOnInMemoryAndFileBecomeOne() {
    MappedMemory memory =
        MappedMemory.of(
            MemorySegment.ofArray(new byte[0x40]),
            List.of(new MemoryRun(0x20, 0x10, 0x20), new MemoryRun(0x10, 0x10, 0x10)));
    assertThat(memory.runs()).containsExactly(new MemoryRun(0x10, 0x20, 0x10));
  }

  @Test
  void runsBeyondTheFileAreCutOrLeftOut() {
    MappedMemory memory =
        MappedMemory.of(
            MemorySegment.ofArray(new byte[0x18]),
            List.of(
                new MemoryRun(0x100, 0x10, 0x10),
                new MemoryRun(0x200, 0x10, 0x18),
                new MemoryRun(0x300, 0x10, Long.MAX_VALUE)));
    assertThat(memory.runs()).containsExactly(new MemoryRun(0x100, 8, 0x10));
    assertThat(memory.getLong(0x101, 5)).isEqualTo(5);
  }

  @Test
  void theRunThatStandsFirstWins() {
    byte[] bytes = {1, 1, 1, 1, 2, 2, 2, 2};
    MappedMemory memory =
        MappedMemory.of(
            MemorySegment.ofArray(bytes),
            List.of(new MemoryRun(2, 2, 0), new MemoryRun(0, 4, 4), new MemoryRun(1, 4, 0)));
    assertThat(memory.readBytes(0, 8)).containsExactly(2, 2, 1, 1, 1);
  }
}
