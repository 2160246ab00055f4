package io.nestwalk.linux.task;

import static org.assertj.core.api.Assertions.assertThat;

import io.nestwalk.linux.ArrayMemory;
import io.nestwalk.system.GuestMapping;
import io.nestwalk.system.ShellCommand;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Histories as readline keeps them in a heap. */
class BashHistoryTest {

  private static final long HEAP = 0x5555_0000_0000L;
  private static final int SIZE = 0x4000;

  private final ArrayMemory memory = new ArrayMemory(HEAP, SIZE);

  private void entry(int at, String line, String time) {
    memory.putLong(HEAP + at, HEAP + at + 0x40);
    memory.putLong(HEAP + at + 8, HEAP + at + 0x20);
    memory.putText(HEAP + at + 0x20, time);
    memory.putText(HEAP + at + 0x40, line);
  }

  private List<ShellCommand> read(GuestMapping.Kind kind) {
    return BashHistory.of(
        memory, List.of(GuestMapping.builder(HEAP, HEAP + SIZE, kind).permissions("rw-p").build()));
  }

  @Test
  void entriesAreReadInTheOrderOfTime() {
    entry(0x1000, "second", "#1700000060");
    entry(0x2000, "first; with \u00e4", "#1700000000");
    // Across a border of pages.
    entry(0x2ff8, "third", "#1700000060");
    assertThat(read(GuestMapping.Kind.HEAP))
        .containsExactly(
            new ShellCommand(
                Instant.ofEpochSecond(1_700_000_000), "first; with \u00e4", HEAP + 0x2000),
            new ShellCommand(Instant.ofEpochSecond(1_700_000_060), "second", HEAP + 0x1000),
            new ShellCommand(Instant.ofEpochSecond(1_700_000_060), "third", HEAP + 0x2ff8));
  }

  @Test
  void whatOnlyLooksLikeAnEntryIsNone() {
    entry(0x1000, "too few digits", "#170000006");
    entry(0x1100, "no digits", "#17000x0060");
    entry(0x1200, "", "#1700000060");
    entry(0x1300, "its line lies elsewhere", "#1700000061");
    memory.putLong(HEAP + 0x1300, 0x1000);
    assertThat(read(GuestMapping.Kind.HEAP)).isEmpty();
    entry(0x1000, "not in memory that is allocated from", "#1700000060");
    assertThat(read(GuestMapping.Kind.FILE)).isEmpty();
  }

  @Test
  void memoryFullOfLiesHasAnEnd() {
    for (int at = 0; at < SIZE - 0x40; at += 0x40) {
      entry(at & ~0xff, "x", "#1700000060");
      memory.putLong(HEAP + at, HEAP);
    }
    assertThat(read(GuestMapping.Kind.HEAP)).hasSizeLessThanOrEqualTo(SIZE / 8);
  }
}
