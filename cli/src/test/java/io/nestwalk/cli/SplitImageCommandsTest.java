package io.nestwalk.cli;

import static io.nestwalk.cli.CommandRun.sample;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.nestwalk.image.MemoryImage;
import io.nestwalk.image.MemoryImages;
import io.nestwalk.image.OpenOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A shipped sample in four parts, of which the user names the first. */
class SplitImageCommandsTest {

  private static final String SAMPLE = sample("tinyos.raw.zst");
  private static final int PARTS = 4;

  @TempDir private Path folder;
  private byte[] whole;
  private String first;

  @BeforeEach
  void split() throws Exception {
    try (MemoryImage image = MemoryImages.open(Path.of(SAMPLE), OpenOptions.defaults())) {
      whole = image.memory().readBytes(0, (int) image.memory().presentBytes());
    }
    int part = whole.length / PARTS + 1;
    for (int i = 0; i < PARTS; i++) {
      byte[] bytes = Arrays.copyOfRange(whole, i * part, Math.min(whole.length, (i + 1) * part));
      Files.write(folder.resolve("tiny.raw.00" + i), bytes);
    }
    first = folder.resolve("tiny.raw.000").toString();
  }

  @Test
  void theAnalysisIsOfAllParts() throws Exception {
    JsonNode image = analyzed();
    assertThat(image.path("bytes").asLong()).isEqualTo(whole.length);
    assertThat(image.path("sha256").asText())
        .isEqualTo(HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(whole)));
    // Another last part makes another image: what was found before does not count.
    Path last = folder.resolve("tiny.raw.003");
    byte[] changed = Files.readAllBytes(last);
    changed[changed.length / 2] ^= 1;
    Files.write(last, changed);
    assertThat(analyzed().path("sha256").asText())
        .isNotEmpty()
        .isNotEqualTo(image.path("sha256").asText());
  }

  private JsonNode analyzed() throws IOException {
    Path analysis = folder.resolve("analysis");
    CommandRun run = CommandRun.of("analyze", first, "-o", analysis.toString());
    assertThat(run.code()).as(run.err()).isEqualTo(ExitCode.DONE);
    JsonNode report = new ObjectMapper().readTree(analysis.resolve("reports/report.json").toFile());
    return report.path("image");
  }

  @Test
  void aMissingPartIsSaid() throws IOException {
    Files.delete(folder.resolve("tiny.raw.002"));
    CommandRun run = CommandRun.of("info", first);
    assertThat(run.code()).isEqualTo(ExitCode.DONE);
    assertThat(run.err()).contains("between tiny.raw.001 and tiny.raw.003 is missing");
  }
}
