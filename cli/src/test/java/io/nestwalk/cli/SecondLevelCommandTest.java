package io.nestwalk.cli;

import static io.nestwalk.cli.CommandRun.sample;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import org.junit.jupiter.api.Test;

/** The second level as a table, on the samples. */
class SecondLevelCommandTest {

  private static final String NPT = sample("kvm-npt.elf.zst");
  private static final String EPT = sample("kvm-ept.raw.zst");

  private static long hex(JsonNode value) {
    return Long.parseUnsignedLong(value.asText().substring(2), 16);
  }

  /** Every run leads where translate leads, at its first and at its last page. */
  @Test
  void runsAgreeWithTranslate() {
    JsonNode runs =
        CommandRun.of("second-level", EPT, "--limit", "40", "--format", "json")
            .valid("second-level")
            .path("runs");
    assertThat(runs).hasSize(40);
    for (int i : new int[] {0, 20, 39}) {
      JsonNode run = runs.get(i);
      long last = run.path("length").asLong() - 8;
      long gpa = hex(run.path("gpa")) + last;
      CommandRun one =
          CommandRun.of(
              "translate",
              EPT,
              "0x" + Long.toHexString(gpa),
              "--machine",
              "vm1",
              "--physical",
              "--format",
              "json");
      assertThat(hex(one.json().path("hpa"))).isEqualTo(hex(run.path("hpa")) + last);
      assertThat(one.json().path("pageSize")).isEqualTo(run.path("pageSize"));
      assertThat(run.path("memoryType").asText()).isEqualTo("WB");
      assertThat(run.path("ignoresPat").asBoolean()).isTrue();
      assertThat(run.path("softwareNames")).hasSize(2);
    }
  }

  @Test
  void sumsAreAllThatTheTablesMap() {
    JsonNode sums =
        CommandRun.of("second-level", EPT, "--stats", "--format", "json")
            .valid("second-level-stats")
            .path("sums");
    long bytes = 0;
    for (JsonNode sum : sums) {
      bytes += sum.path("bytes").asLong();
      assertThat(sum.path("pages").asLong() * sum.path("pageSize").asLong())
          .isEqualTo(sum.path("bytes").asLong());
    }
    JsonNode machines = CommandRun.of("machines", EPT, "--format", "json").json();
    assertThat(bytes)
        .isEqualTo(
            machines.path("machines").path(1).path("secondLevel").path("mappedBytes").asLong());
  }

  /** The entry that "machines" counts as odd, and the page that it counts as in slots alone. */
  @Test
  void whatIsCountedElsewhereIsListed() {
    JsonNode npt =
        CommandRun.of("second-level", NPT, "--odd", "--format", "json")
            .valid("second-level-odd")
            .path("odd");
    assertThat(npt).hasSize(1);
    assertThat(npt.path(0).path("kind").asText()).isEqualTo("refused");
    assertThat(npt.path(0).path("gpa").asText()).isEqualTo("0xfee00000");
    assertThat(npt.path(0).path("entry").asText()).isEqualTo("0x80000fee00017");
    JsonNode ept =
        CommandRun.of("second-level", EPT, "--odd", "--format", "json")
            .valid("second-level-odd")
            .path("odd");
    assertThat(ept).hasSize(1);
    assertThat(ept.path(0).path("kind").asText()).isEqualTo("onlySlots");
    assertThat(ept.path(0).has("hpa")).isTrue();
  }

  @Test
  void aRangeIsCutToItsPages() {
    JsonNode runs =
        CommandRun.of("second-level", NPT, "0x1e1d040+16K", "--format", "json").json().path("runs");
    assertThat(runs).hasSize(1);
    assertThat(runs.path(0).path("gpa").asText()).isEqualTo("0x1e1d000");
    assertThat(runs.path(0).path("length").asLong()).isEqualTo(5 * 4096);
    assertThat(runs.path(0).path("hpa").asText()).isEqualTo("0x4a1d000");
  }

  @Test
  void whatIsNotMappedIsNotFound() {
    assertThat(CommandRun.of("second-level", NPT, "0x7f00000000").code())
        .isEqualTo(ExitCode.NOT_FOUND);
    assertThat(CommandRun.of("second-level", NPT, "0x2000-0x1000").code())
        .isEqualTo(ExitCode.USAGE);
    assertThat(CommandRun.of("second-level", NPT, "--machine", "host").code())
        .isEqualTo(ExitCode.NOT_FOUND);
  }
}
