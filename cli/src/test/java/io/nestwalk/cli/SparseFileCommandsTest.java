package io.nestwalk.cli;

import static io.nestwalk.cli.CommandRun.sample;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nestwalk.image.MemoryImage;
import io.nestwalk.image.MemoryImages;
import io.nestwalk.image.OpenOptions;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A shipped sample at the start of a file of 1 TiB: every command answers as on the sample. */
class SparseFileCommandsTest {

  private static final String SAMPLE = sample("kvm-ept.raw.zst");
  private static final long SIZE = 1L << 40;
  private static final int PIECE = 1 << 16;

  @TempDir private static Path folder;
  private static String large;

  @BeforeAll
  static void write() throws Exception {
    Path path = folder.resolve("large.raw");
    String problem = "";
    try (MemoryImage image = MemoryImages.open(Path.of(SAMPLE), OpenOptions.defaults());
        RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
      file.setLength(SIZE);
      for (long at = 0; at < image.memory().end(); at += PIECE) {
        byte[] bytes = image.memory().readBytes(at, PIECE);
        if (!Arrays.equals(bytes, new byte[PIECE])) {
          file.seek(at);
          file.write(bytes);
        }
      }
    } catch (IOException e) {
      problem = e.getMessage();
    }
    assumeThat(problem).as("no file of 1 TiB can be made here").isEmpty();
    try (MemoryImage image = MemoryImages.open(path, OpenOptions.defaults())) {
      assumeThat(image.file().holeBytes())
          .as("the system does not tell of holes in this file system")
          .isGreaterThan(SIZE / 2);
    }
    large = path.toString();
  }

  @Test
  void infoTellsTheFilesSize() {
    JsonNode memory = CommandRun.of("info", large, "--format", "json").json().path("memory");
    assertThat(memory.path("bytes").asLong()).isEqualTo(SIZE);
  }

  @Test
  void machinesAreThoseOfTheSample() {
    JsonNode expected = CommandRun.of("machines", SAMPLE, "--format", "json").json();
    JsonNode answer = CommandRun.of("machines", large, "--format", "json").json();
    for (JsonNode machines : new JsonNode[] {expected, answer}) {
      // It counts what of the tables lies beyond the end of memory.
      machines.path("machines").forEach(m -> withoutEvidence((ObjectNode) m));
    }
    assertThat(answer.path("machines")).hasSize(2).isEqualTo(expected.path("machines"));
    assertThat(answer.path("coverage").path("pagesSurveyed").asLong()).isEqualTo(SIZE / 4096);
  }

  private static void withoutEvidence(ObjectNode machine) {
    machine.remove("rootEvidence");
    for (JsonNode child : machine) {
      if (child instanceof ObjectNode node) {
        node.remove("evidence");
      }
    }
  }

  @Test
  void anAddressGoesTheSameWay() {
    String marker = CommandRun.truth("kvm-ept").at("/machines/vm1/pages/0/pa").asText();
    assertThat(marker).startsWith("0x");
    String[] question = {"translate", "", marker, "--machine", "vm1", "--physical", "--trace"};
    assertThat(answer(question, large)).isEqualTo(answer(question, SAMPLE));
  }

  @Test
  void aTextIsFound() {
    String marker = CommandRun.truth("kvm-ept").at("/machines/vm1/pages/0/text").asText();
    String[] question = {"find", "", "--text", marker};
    assertThat(answer(question, large)).contains("vm1").isEqualTo(answer(question, SAMPLE));
    String[] zerosFirst = {"find", "", "--regex", "\\x00{16}" + marker.substring(0, 4)};
    assertThat(answer(zerosFirst, large)).isEqualTo(answer(zerosFirst, SAMPLE));
  }

  private static String answer(String[] question, String image) {
    String[] arguments = question.clone();
    arguments[1] = image;
    return CommandRun.of(arguments).out();
  }
}
