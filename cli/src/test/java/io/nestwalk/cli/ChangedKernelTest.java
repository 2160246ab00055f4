package io.nestwalk.cli;

import static io.nestwalk.cli.CommandRun.sample;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.github.luben.zstd.ZstdInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A real guest of which an entry of the table of system calls was changed, as a file. */
class ChangedKernelTest {

  private static final int KILL = 62;

  @TempDir private static Path folder;

  private static Path image;

  @BeforeAll
  static void change() throws IOException {
    image = folder.resolve("hooked.elf");
    try (InputStream packed = Files.newInputStream(Path.of(sample("kvm-npt.elf.zst")));
        InputStream bytes = new ZstdInputStream(packed)) {
      Files.copy(bytes, image);
    }
    JsonNode entry = translated("sys_call_table");
    byte[] all = Files.readAllBytes(image);
    ByteBuffer buffer = ByteBuffer.wrap(all).order(ByteOrder.LITTLE_ENDIAN);
    buffer.putLong(
        Integer.decode(entry.path("fileOffset").asText()) + KILL * Long.BYTES,
        Long.parseUnsignedLong(translated("init_task").path("address").asText().substring(2), 16));
    Files.write(image, all);
  }

  private static JsonNode translated(String address) {
    CommandRun run =
        CommandRun.of(
            "translate",
            image.toString(),
            address,
            "--machine",
            "vm1",
            "--kernel",
            "--format",
            "json");
    assertThat(run.code()).as(run.err()).isEqualTo(ExitCode.DONE);
    return run.json();
  }

  private static void isTheOnlyFinding(JsonNode findings) {
    assertThat(findings)
        .singleElement()
        .satisfies(
            finding -> {
              assertThat(finding.path("machine").asText()).isEqualTo("vm1");
              assertThat(finding.path("rule").asText()).isEqualTo("changed-kernel");
              assertThat(finding.path("text").asText())
                  .contains("system-call-table", "sys_call_table[62]", "init_task");
            });
  }

  @Test
  void whatACheckFindsIsAFindingEverywhere() {
    JsonNode answer =
        CommandRun.of("machines", image.toString(), "--findings", "--format", "json")
            .valid("machines");
    isTheOnlyFinding(answer.path("findings"));
    assertThat(answer.path("coverage").path("examined"))
        .hasSize(2)
        .allSatisfy(
            each ->
                assertThat(each.path("rules"))
                    .extracting(JsonNode::asText)
                    .contains("changed-kernel"));
    String out = folder.resolve("case").toString();
    assertThat(CommandRun.of("analyze", image.toString(), "-o", out).out())
        .contains("sys_call_table[62]");
    CommandRun found = CommandRun.of("search", out, "kind:finding", "--format", "json");
    isTheOnlyFinding(found.valid("search").path("hits"));
    assertThat(CommandRun.of("search", out, "sys_call_table").code()).isEqualTo(ExitCode.DONE);
  }

  /** A kernel whose checks could look at nothing, or at less, is not one where all is well. */
  @Test
  void aSystemThatCannotBeCheckedIsSaidNotToBe() {
    JsonNode answer =
        CommandRun.of("machines", sample("tinyos.raw.zst"), "--findings", "--format", "json")
            .valid("machines");
    assertThat(answer.path("coverage").path("examined"))
        .isNotEmpty()
        .allSatisfy(
            each ->
                assertThat(each.path("omitted"))
                    .extracting(omitted -> omitted.path("rule").asText())
                    .contains("changed-kernel"));
  }
}
