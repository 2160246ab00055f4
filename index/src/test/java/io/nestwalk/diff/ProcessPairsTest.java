package io.nestwalk.diff;

import static org.assertj.core.api.Assertions.assertThat;

import io.nestwalk.system.GuestProcess;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ProcessPairsTest {

  private static final Instant BOOT = Instant.parse("2026-01-02T03:04:05.678901234Z");
  private static final Duration SET = Duration.ofMillis(-40);

  private static GuestProcess process(int pid, String name, Instant start) {
    return GuestProcess.builder(pid, name, 0x1000 + pid)
        .startTime(Optional.ofNullable(start))
        .build();
  }

  private static ProcessPairs pairs(Instant secondBoot, GuestProcess before, GuestProcess after) {
    return ProcessPairs.of(
        List.of(before), Optional.of(BOOT), List.of(after), Optional.of(secondBoot));
  }

  @Test
  void aClockThatWasSetMakesNoProcessAnother() {
    GuestProcess before = process(7, "sshd", BOOT.plusSeconds(3));
    GuestProcess moved = process(7, "sshd", BOOT.plusSeconds(3).plus(SET));
    assertThat(pairs(BOOT.plus(SET), before, moved).pairs())
        .containsExactly(new ProcessPairs.Pair(before, moved));
    // Without a clock that was set it is another process.
    ProcessPairs others = pairs(BOOT, before, moved);
    assertThat(others.pairs()).isEmpty();
    assertThat(others.went()).containsExactly(before);
    assertThat(others.came()).containsExactly(moved);
    // A system that keeps absolute times moves the time of its boot alone.
    assertThat(pairs(BOOT.plus(SET), before, before).pairs()).hasSize(1);
  }

  @Test
  void withoutAStartTheObjectOrTheNameTells() {
    GuestProcess before = process(7, "sshd", null);
    assertThat(pairs(BOOT, before, process(7, "bash", null)).pairs()).hasSize(1);
    GuestProcess elsewhere = GuestProcess.builder(7, "bash", 0x9000).build();
    assertThat(pairs(BOOT, before, elsewhere).pairs()).isEmpty();
    assertThat(pairs(BOOT, before, process(8, "sshd", null)).pairs()).isEmpty();
  }

  @Test
  void eachOfTwoWithOneNumberHasItsOwnPair() {
    GuestProcess old = process(7, "a", BOOT);
    GuestProcess young = process(7, "b", BOOT.plusSeconds(1));
    Optional<Instant> boot = Optional.of(BOOT);
    ProcessPairs found = ProcessPairs.of(List.of(old, young), boot, List.of(young), boot);
    assertThat(found.pairs()).containsExactly(new ProcessPairs.Pair(young, young));
    assertThat(found.went()).containsExactly(old);
    assertThat(found.came()).isEmpty();
  }
}
