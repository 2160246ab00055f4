package io.nestwalk.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A machine of which some tables name one another in circles, below a root that is its own: they
 * map far more than there is. Whoever is asked tells the same.
 */
class EndlessTablesTest {

  private static final int MEMORY = 16 << 20;
  private static final int LARGE = 2 << 20;
  private static final int PAGE = 4096;
  private static final int ROOT = LARGE;
  private static final int CIRCLE = 2 * LARGE;
  private static final int ENTRIES = 512;

  /** Each is one piece, and tables are followed once per level: more than the budget has. */
  private static final int TABLES = 256;

  /** Pages of one table do not follow one another. */
  private static final int STRIDE = 3;

  private static final long LEAF = 0x83; // large, writable, present
  private static final long TABLE = 3;
  private static final long USED = 0x67; // dirty, accessed, user, writable, present

  private static final String RULE = "endless-tables";
  private static final String TEXT =
      "virtual memory: tables map more than the image has memory for";

  @TempDir private Path work;
  private String image;
  private String folder;

  @BeforeEach
  void write() throws IOException {
    ByteBuffer memory = ByteBuffer.allocate(MEMORY).order(ByteOrder.LITTLE_ENDIAN);
    memory.putLong(ROOT + 0x111 * Long.BYTES, ROOT + PAGE | TABLE);
    memory.putLong(ROOT + PAGE, ROOT + 2 * PAGE | TABLE);
    for (int i = 0; i < MEMORY / LARGE; i++) {
      memory.putLong(ROOT + 2 * PAGE + i * Long.BYTES, (long) i * LARGE | LEAF);
    }
    memory.putLong(ROOT + 0x180 * Long.BYTES, CIRCLE | USED);
    for (int i = 0; i < TABLES; i++) {
      for (int j = 0; j < ENTRIES; j++) {
        long named = CIRCLE + (i + STRIDE * j) % TABLES * (long) PAGE;
        memory.putLong(CIRCLE + i * PAGE + j * Long.BYTES, named | USED);
      }
    }
    image = Files.write(work.resolve("memory.raw"), memory.array()).toString();
    folder = work.resolve("case").toString();
  }

  @Test
  void theFindingIsTheSameWhoeverIsAsked() throws IOException {
    JsonNode machines =
        CommandRun.of("machines", image, "--findings", "--format", "json").valid("machines");
    assertThat(told(machines.path("findings"))).containsExactly("host: " + RULE + ": " + TEXT);
    assertThat(machines.path("machines").get(0).path("root").asText())
        .isEqualTo("0x%x".formatted(ROOT));
    CommandRun analyzed = CommandRun.of("analyze", image, "-o", folder);
    assertThat(analyzed.code()).isEqualTo(ExitCode.DONE);
    assertThat(analyzed.out()).contains(RULE + " (1): ", "host: " + TEXT);
    assertThat(analyzed.err()).contains("not followed from 0x");
    JsonNode report = CommandRun.valid("report", report("json"));
    assertThat(told(report.path("findings"))).containsExactly("host: " + RULE + ": " + TEXT);
    CommandRun found = CommandRun.of("search", folder, "kind:finding", "--format", "json");
    assertThat(found.out()).contains(RULE, TEXT);
    assertThat(report("html")).contains(RULE, TEXT);
  }

  /** Who else has the bytes stands in tables that were not followed. */
  @Test
  void ownersThatMayBeMissingAreSaidToBe() {
    CommandRun found = CommandRun.of("find", image, "--hex", "83 00 20 00 00 00 00 00");
    assertThat(found.code()).isEqualTo(ExitCode.DONE);
    assertThat(found.err()).contains("not followed from 0x");
  }

  private String report(String format) throws IOException {
    Path file = work.resolve("report." + format);
    CommandRun run = CommandRun.of("report", folder, "--as", format, "-o", file.toString());
    assertThat(run.code()).isEqualTo(ExitCode.DONE);
    return Files.readString(file);
  }

  private static List<String> told(JsonNode findings) {
    List<String> told = new ArrayList<>();
    for (JsonNode finding : findings) {
      told.add(
          "%s: %s: %s"
              .formatted(
                  finding.path("machine").asText(),
                  finding.path("rule").asText(),
                  finding.path("text").asText()));
    }
    return told;
  }
}
