package io.nestwalk.cli;

import static io.nestwalk.cli.CommandRun.sample;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What the hardware raises, on the samples' own tables. */
class ExplainTest {

  private static final String NPT = sample("kvm-npt.elf.zst");
  private static final String EPT = sample("kvm-ept.raw.zst");

  private static JsonNode explain(String... line) {
    List<String> all = new ArrayList<>(List.of("translate"));
    all.addAll(List.of(line));
    all.addAll(List.of("--machine", "vm1", "--explain", "--format", "json"));
    return CommandRun.of(all.toArray(String[]::new)).valid("translate").path("explanation");
  }

  private static List<String> refused(JsonNode explanation) {
    List<String> lines = new ArrayList<>();
    for (JsonNode each : explanation.path("refused")) {
      lines.add(
          "%s %s %s %s %s"
              .formatted(
                  each.path("access").asText(),
                  each.path("user").asBoolean() ? "user" : "kernel",
                  each.path("dimension").asText(),
                  each.path("event").asText(),
                  each.path("code").asText("-")));
    }
    return lines;
  }

  @Test
  void dataOfAProcessIsNotExecuted() {
    JsonNode explanation = explain(NPT, "0x1a87e040");
    assertThat(refused(explanation)).containsExactly("execute user guest #PF 0x15");
    assertThat(explanation.path("place").asText()).contains("in the memory slot");
    assertThat(explanation.path("layers")).hasSize(2);
  }

  @Test
  void aPageThatIsNotPresentIsRefusedToAll() {
    assertThat(refused(explain(NPT, "0x10")))
        .containsExactly(
            "read kernel guest #PF 0x0",
            "read user guest #PF 0x4",
            "write kernel guest #PF 0x2",
            "write user guest #PF 0x6",
            "execute kernel guest #PF 0x10",
            "execute user guest #PF 0x14");
  }

  /** What KVM marks a device with: present, and a reserved bit is set. */
  @Test
  void reservedBitsOfANestedTableAreInTheCode() {
    JsonNode explanation = explain(NPT, "0xfee00000", "--physical");
    assertThat(refused(explanation))
        .containsExactly(
            "read kernel npt NPF (nested page fault) 0x10000000d",
            "write kernel npt NPF (nested page fault) 0x10000000f",
            "execute kernel npt NPF (nested page fault) 0x10000001d");
    assertThat(explanation.path("place").asText()).contains("in no memory slot");
  }

  @Test
  void eptViolationsHaveTheirQualification() {
    assertThat(refused(explain(EPT, "0xfff0000000", "--physical")))
        .containsExactly(
            "read kernel ept EPT violation 0x1",
            "write kernel ept EPT violation 0x2",
            "execute kernel ept EPT violation 0x4");
  }

  @Test
  void constantsOfAKernelAreReadOnlyAndCached() {
    JsonNode explanation = explain(EPT, "linux_banner");
    assertThat(refused(explanation))
        .containsExactly(
            "read user guest #PF 0x5",
            "write kernel guest #PF 0x3",
            "write user guest #PF 0x7",
            "execute kernel guest #PF 0x11",
            "execute user guest #PF 0x15");
    assertThat(explanation.path("memoryType").asText()).startsWith("WB");
  }

  @Test
  void aTableOfManyAddressesHasNoRoomForIt() {
    assertThat(CommandRun.of("translate", NPT, "-", "--explain").code()).isEqualTo(ExitCode.USAGE);
  }
}
