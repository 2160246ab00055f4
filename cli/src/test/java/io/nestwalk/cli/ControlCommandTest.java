package io.nestwalk.cli;

import static io.nestwalk.cli.CommandRun.sample;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import org.junit.jupiter.api.Test;

/** Control structures of the samples, against what the emulator had at that moment. */
class ControlCommandTest {

  private static JsonNode answer(String sample, String... more) {
    String[] line = new String[more.length + 4];
    line[0] = "control";
    line[1] = sample(sample);
    line[2] = "--format";
    line[3] = "json";
    System.arraycopy(more, 0, line, 4, more.length);
    CommandRun run = CommandRun.of(line);
    assertThat(run.code()).as(run.err()).isEqualTo(ExitCode.DONE);
    return run.valid("control");
  }

  private static JsonNode field(JsonNode answer, String structure, String name) {
    for (JsonNode row : answer.path("fields")) {
      if (row.path("structure").asText().equals(structure)
          && row.path("field").asText().equals(name)) {
        return row;
      }
    }
    throw new AssertionError("no %s of a %s".formatted(name, structure));
  }

  @Test
  void aVmcbAndItsHostSaveAreaAreThoseOfTheTruth() {
    JsonNode truth = CommandRun.truth("kvm-npt").path("svm");
    JsonNode answer = answer("kvm-npt.elf.zst");
    JsonNode root = field(answer, "vmcb", "n_cr3");
    assertThat(root.path("address")).isEqualTo(truth.path("vmcb"));
    assertThat(root.path("value")).isEqualTo(truth.path("vmcb_ncr3"));
    assertThat(root.path("guest").asText()).isEqualTo("vm1");
    assertThat(field(answer, "vmcb", "guest_asid").path("value"))
        .isEqualTo(truth.path("vmcb_asid"));
    assertThat(field(answer, "vmcb", "guest_asid").path("group").asText()).isEqualTo("control");
    assertThat(field(answer, "vmcb", "guest_rip").path("value"))
        .isEqualTo(truth.path("vmcb_save_rip"));
    assertThat(field(answer, "vmcb", "guest_cr4").path("value"))
        .isEqualTo(truth.path("vmcb_save_cr4"));
    assertThat(field(answer, "vmcb", "exitcode").path("meaning").asText()).isEqualTo("IOIO");
    assertThat(field(answer, "host-save", "host_rip").path("address"))
        .isEqualTo(truth.path("hsave"));
    assertThat(field(answer, "host-save", "host_rip").path("value"))
        .isEqualTo(truth.path("l1_rip"));
    assertThat(field(answer, "host-save", "host_cr3").path("value"))
        .isEqualTo(truth.path("l1_cr3_of_vmm"));
  }

  /** A layout that had to be inferred says how, and how much is left. */
  @Test
  void anInferredLayoutSaysWhatIsKnown() {
    JsonNode answer = answer("kvm-ept.raw.zst", "--machine", "vm1");
    JsonNode pointer = field(answer, "vmcs", "ept_pointer");
    assertThat(pointer.path("meaning").asText())
        .isEqualTo("root 0xb875000, 4 levels, tables WB, accessed and dirty bits kept");
    assertThat(field(answer, "vmcs", "vmcs_link_pointer").path("meaning").asText())
        .isEqualTo("none");
    JsonNode structure = answer.path("structures").path(0);
    assertThat(structure.path("layout").asText()).contains("inferred from 1 VMCS");
    assertThat(structure.path("undecodedBytes").asInt()).isPositive();
    assertThat(answer.path("structures")).hasSize(2);
  }
}
