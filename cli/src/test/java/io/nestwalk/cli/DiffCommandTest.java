package io.nestwalk.cli;

import static io.nestwalk.cli.CommandRun.sample;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.github.luben.zstd.ZstdInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A real image beside a copy of it in which memory was changed. */
class DiffCommandTest {

  private static final String NPT = sample("kvm-npt.elf.zst");
  private static final int MARKER = 86;
  private static final int TASK_BYTES = 8192;

  /** Linux 6.1: where vm_flags stands in vm_area_struct, and its bit for writing. */
  private static final int VM_FLAGS = 0x20;

  private static final int VM_WRITE = 2;

  @TempDir private static Path folder;
  private static String changed;
  private static String restarted;

  @BeforeAll
  static void changeMemory() throws IOException {
    byte[] image;
    try (InputStream packed = Files.newInputStream(Path.of(NPT))) {
      image = new ZstdInputStream(packed).readAllBytes();
    }
    JsonNode process = process();
    byte[] task = memory(process.path("object").asText(), TASK_BYTES);
    int name = place(task, "marker\0".getBytes(StandardCharsets.US_ASCII));
    byte[] other = "updated\0".getBytes(StandardCharsets.US_ASCII);
    System.arraycopy(other, 0, image, inFile(process.path("object"), name), other.length);
    image[inFile(codeMapping().path("object"), VM_FLAGS)] |= VM_WRITE;
    changed = written("changed.elf", image);

    Instant boot =
        Instant.parse(
            CommandRun.of("machines", NPT, "--format", "json")
                .json()
                .at("/machines/1/os/bootTime")
                .asText());
    long start =
        Duration.between(boot, Instant.parse(process.path("startTime").asText())).toNanos();
    byte[] bytes =
        ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN).putLong(start).array();
    for (int at = 0; (at = placeFrom(task, bytes, at)) >= 0; at++) {
      image[inFile(process.path("object"), at + 3)]++;
    }
    restarted = written("restarted.elf", image);
  }

  private static String written(String name, byte[] image) throws IOException {
    return Files.write(folder.resolve(name), image).toString();
  }

  private static JsonNode process() {
    for (JsonNode each :
        CommandRun.of("ps", NPT, "--machine", "vm1", "--format", "json").json().path("processes")) {
      if (each.path("pid").asInt() == MARKER) {
        return each;
      }
    }
    throw new AssertionError("the sample has a process " + MARKER);
  }

  private static JsonNode codeMapping() {
    for (JsonNode each :
        CommandRun.of("maps", NPT, "--machine", "vm1", "--pid", "86", "--format", "json")
            .json()
            .path("mappings")) {
      if (each.path("permissions").asText().equals("r-xp")) {
        return each;
      }
    }
    throw new AssertionError("a program has code");
  }

  private static byte[] memory(String address, int length) throws IOException {
    Path file = folder.resolve("memory");
    CommandRun run =
        CommandRun.of(
            "read",
            NPT,
            address,
            Integer.toString(length),
            "--machine",
            "vm1",
            "--kernel",
            "-o",
            file.toString());
    assertThat(run.code()).as(run.err()).isEqualTo(ExitCode.DONE);
    byte[] bytes = Files.readAllBytes(file);
    Files.delete(file);
    return bytes;
  }

  private static int place(byte[] in, byte[] wanted) {
    int at = placeFrom(in, wanted, 0);
    assertThat(at).isNotNegative();
    return at;
  }

  private static int placeFrom(byte[] in, byte[] wanted, int from) {
    for (int at = from; at + wanted.length <= in.length; at++) {
      if (ByteBuffer.wrap(in, at, wanted.length).equals(ByteBuffer.wrap(wanted))) {
        return at;
      }
    }
    return -1;
  }

  private static int inFile(JsonNode object, int offset) {
    String address =
        "0x%x".formatted(Long.parseUnsignedLong(object.asText().substring(2), 16) + offset);
    CommandRun run =
        CommandRun.of(
            "translate", NPT, address, "--machine", "vm1", "--kernel", "--format", "ndjson");
    assertThat(run.code()).as(run.err()).isEqualTo(ExitCode.DONE);
    String place = run.lines().getFirst().path("fileOffset").asText();
    return Integer.decode(place);
  }

  private static JsonNode differences(String... more) {
    List<String> line = new ArrayList<>(List.of("diff", NPT));
    line.addAll(List.of(more));
    line.addAll(List.of("--format", "json"));
    CommandRun run = CommandRun.of(line.toArray(String[]::new));
    assertThat(run.code()).as(run.err()).isEqualTo(ExitCode.DONE);
    JsonNode answer = run.valid("diff");
    assertThat(answer.path("notCompared")).isEmpty();
    assertThat(answer.path("coverage").path("warnings")).isEmpty();
    return answer.path("differences");
  }

  @Test
  void anImageDiffersInNothingFromItself() {
    assertThat(differences(NPT, "--mappings")).isEmpty();
    CommandRun table = CommandRun.of("diff", NPT, NPT);
    assertThat(table.out()).isEqualToIgnoringNewLines("No differences");
    assertThat(table.err()).isEmpty();
  }

  @Test
  void whatChangedIsNamedAndNothingElse() {
    JsonNode rows = differences(changed, "--mappings");
    assertThat(rows)
        .extracting(
            row ->
                "%s %s %s %d %s"
                    .formatted(
                        row.path("change").asText(),
                        row.path("kind").asText(),
                        row.path("machine").asText(),
                        row.path("pid").asInt(),
                        row.path("keys")))
        .containsExactlyInAnyOrder(
            "changed process vm1 86 [\"name\"]",
            "changed mapping vm1 86 [\"permissions\"]",
            "came finding vm1 86 []");
    for (JsonNode row : rows) {
      switch (row.path("kind").asText()) {
        case "process" -> {
          assertThat(row.at("/before/name").asText()).isEqualTo("marker");
          assertThat(row.at("/after/name").asText()).isEqualTo("updated");
        }
        case "mapping" -> {
          assertThat(row.at("/before/permissions").asText()).isEqualTo("r-xp");
          assertThat(row.at("/after/permissions").asText()).isEqualTo("rwxp");
        }
        default -> {
          assertThat(row.has("before")).isFalse();
          assertThat(row.at("/after/rule").asText()).isEqualTo("writable-executable");
        }
      }
    }
    assertThat(CommandRun.of("diff", NPT, changed).out())
        .contains("name: marker -> updated")
        .doesNotContain("mapping ");
    assertThat(
            CommandRun.of("diff", NPT, changed, "--format", "csv", "--where", "change=came").out())
        .startsWith("change,kind,machine,pid,text,keys,")
        .hasLineCount(2);
  }

  /** A number may be used again: another start is another process. */
  @Test
  void aNumberThatIsUsedAgainIsAnotherProcess() {
    List<String> processes = new ArrayList<>();
    for (JsonNode row : differences(restarted)) {
      if (row.path("kind").asText().equals("process")) {
        processes.add(row.path("change").asText() + " " + row.path("text").asText());
      }
    }
    assertThat(processes).hasSize(2);
    assertThat(processes.getFirst()).startsWith("went marker");
    assertThat(processes.getLast()).startsWith("came updated");
  }

  @Test
  void imagesOfDifferentMachinesAreSaidToBeSo() {
    CommandRun run = CommandRun.of("diff", NPT, sample("kvm-ept.raw.zst"), "--format", "json");
    assertThat(run.code()).as(run.err()).isEqualTo(ExitCode.DONE);
    assertThat(run.valid("diff").at("/coverage/warnings"))
        .extracting(JsonNode::asText)
        .anyMatch(line -> line.startsWith("host: the images seem to be of different machines"));
  }

  @Test
  void anAnalysisStandsForItsImage() {
    Path analysis = folder.resolve("case");
    assertThat(CommandRun.of("analyze", NPT, "-o", analysis.toString()).code())
        .isEqualTo(ExitCode.DONE);
    assertThat(CommandRun.of("diff", analysis.toString(), changed).out())
        .contains("name: marker -> updated");
  }

  @Test
  void whatIsNoImageIsRefused() {
    assertThat(CommandRun.of("diff", NPT, folder.resolve("none").toString()).code())
        .isEqualTo(ExitCode.INPUT);
    assertThat(CommandRun.of("diff", NPT).code()).isEqualTo(ExitCode.USAGE);
  }
}
