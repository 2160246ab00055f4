package io.nestwalk.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.nestwalk.image.MemoryImage;
import io.nestwalk.image.MemoryImages;
import io.nestwalk.image.OpenOptions;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A kind of layer of which no command has heard works in all of them. */
class OwnLayerTest {

  private static final String PID = Integer.toString(MadeUpSupport.PID);
  private static final long PAGE = 4096;

  @TempDir private Path work;
  private String image;

  @BeforeEach
  void write() throws Exception {
    image = MadeUpSupport.image(work).toString();
  }

  private static String page(int number) {
    return "0x%x".formatted(MadeUpSupport.START + number * PAGE);
  }

  private CommandRun translate(int page) {
    return CommandRun.of(
        "translate", image, page(page), "--pid", PID, "--trace", "--format", "json");
  }

  @Test
  void translateTellsTheState() {
    CommandRun mapped = translate(0);
    assertThat(mapped.code()).isEqualTo(ExitCode.DONE);
    assertThat(mapped.valid("translate").has("state")).isFalse();
    assertThat(mapped.json().path("steps")).hasSize(4);

    CommandRun moving = translate(1);
    assertThat(moving.code()).isEqualTo(ExitCode.DONE);
    assertThat(moving.valid("translate").path("state").asText()).isEqualTo("transition");
    assertThat(moving.json().path("hpa").asText()).isEqualTo("0x101000");
    assertThat(moving.json().path("fileOffset").asLong()).isEqualTo(0x10_1000);

    CommandRun paged = translate(2);
    assertThat(paged.code()).isEqualTo(ExitCode.NOT_FOUND);
    JsonNode answer = paged.valid("translate");
    assertThat(answer.path("state").asText()).isEqualTo("pagefile");
    assertThat(answer.path("pagefile").asInt()).isEqualTo(1);
    assertThat(answer.path("pagefileOffset").asLong()).isEqualTo(0x5000);
    assertThat(answer.has("hpa")).isFalse();
    assertThat(answer.path("fault").path("reason").asText()).isNotEmpty();

    CommandRun untouched = translate(3);
    assertThat(untouched.code()).isEqualTo(ExitCode.NOT_FOUND);
    assertThat(untouched.valid("translate").path("state").asText()).isEqualTo("demandZero");

    CommandRun table = CommandRun.of("translate", image, page(2), "--pid", PID);
    assertThat(table.out())
        .contains("not mapped: host PT: entry not present; pagefile 1 at 0x5000");
    assertThat(CommandRun.of("translate", image, page(0), "--pid", PID).out())
        .doesNotContain("not present");
    assertThat(CommandRun.of("translate", image, page(1), "--pid", PID).out())
        .contains("not present for the hardware, but in memory: transition");
  }

  @Test
  void readTellsTheState() {
    CommandRun moving = CommandRun.of("read", image, page(1), "64", "--pid", PID);
    assertThat(moving.code()).isEqualTo(ExitCode.DONE);
    assertThat(moving.out())
        .contains("|on its way to th|", "state of 0x401000-0x402000: transition");
    CommandRun paged = CommandRun.of("read", image, page(2), "64", "--pid", PID);
    assertThat(paged.code()).isEqualTo(ExitCode.NOT_FOUND);
    assertThat(paged.out()).contains("|nobody finds me |", ": pagefile 1 at 0x5000");
    CommandRun untouched = CommandRun.of("read", image, page(3), "64", "--pid", PID);
    assertThat(untouched.code()).isEqualTo(ExitCode.NOT_FOUND);
    assertThat(untouched.out()).contains("64 bytes missing", ": demandZero");
    CommandRun all = CommandRun.of("read", image, page(0), "0x5000", "--pid", PID);
    assertThat(all.code()).isEqualTo(ExitCode.DONE);
    assertThat(all.out().lines().filter(line -> line.startsWith("state of "))).hasSize(3);
  }

  @Test
  void mapsShowsRunsOfEachState() {
    CommandRun run = CommandRun.of("maps", image, "--pid", PID, "--pages", "--format", "json");
    JsonNode runs = run.valid("maps").path("mappings").path(0).path("runs");
    List<String> states = new ArrayList<>();
    runs.forEach(
        each -> states.add(each.path("start").asText() + " " + each.path("state").asText("-")));
    assertThat(states)
        .containsExactly(
            "0x400000 -",
            "0x401000 transition",
            "0x402000 pagefile",
            "0x403000 demandZero",
            "0x404000 -");
    assertThat(runs.path(1).path("hpa").asText()).isEqualTo("0x101000");
    assertThat(runs.path(2).has("hpa")).isFalse();
    assertThat(CommandRun.of("maps", image, "--pid", PID, "--pages").out())
        .contains("pagefile 1 at 0x5000", "demandZero");
  }

  /** Physical memory alone is searched, and has an owner where only the layer says so. */
  @Test
  void findNamesTheOwnerOfAPageThatNoTableMaps() {
    JsonNode hits =
        CommandRun.of("find", image, "--text", MadeUpSupport.IN_TRANSITION, "--format", "json")
            .valid("find")
            .path("hits");
    assertThat(hits).hasSize(1);
    assertThat(hits.path(0).path("hpa").asText()).isEqualTo("0x101000");
    JsonNode owners = hits.path(0).path("owners");
    assertThat(owners).hasSize(1);
    assertThat(owners.path(0).path("pid").asInt()).isEqualTo(MadeUpSupport.PID);
    assertThat(owners.path(0).path("address").asText()).isEqualTo(page(1));
  }

  @Test
  void analyzeIndexesEachPage() {
    String folder = work.resolve("case").toString();
    CommandRun analyzed = CommandRun.of("analyze", image, "-o", folder);
    assertThat(analyzed.err()).isEmpty();
    assertThat(analyzed.code()).isEqualTo(ExitCode.DONE);
    JsonNode found =
        CommandRun.of("search", folder, "hpa:0x101010", "--format", "json").json().path("hits");
    assertThat(found).isNotEmpty();
    assertThat(found.path(0).path("pid").asInt()).isEqualTo(MadeUpSupport.PID);
    assertThat(found.path(0).path("runStart").asText()).isEqualTo(page(1));
  }

  /** What stands in the page file alone is in the core; what was never touched is not. */
  @Test
  void extractTakesWhatTheLayerHasBesideMemory() throws Exception {
    Path core = work.resolve("core");
    CommandRun run =
        CommandRun.of("extract", image, "--machine", "host", "--pid", PID, "-o", core.toString());
    assertThat(run.code()).as(run.err()).isEqualTo(ExitCode.DONE);
    byte[] bytes = Files.readAllBytes(core);
    ByteBuffer elf = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    List<String> segments = new ArrayList<>();
    StringBuilder content = new StringBuilder();
    for (int i = 0; i < elf.getShort(56); i++) {
      int header = (int) elf.getLong(32) + i * elf.getShort(54);
      if (elf.getInt(header) == 1) {
        segments.add("0x%x+0x%x".formatted(elf.getLong(header + 16), elf.getLong(header + 32)));
        content.append(
            new String(
                bytes,
                (int) elf.getLong(header + 8),
                (int) elf.getLong(header + 32),
                StandardCharsets.ISO_8859_1));
      }
    }
    assertThat(segments).containsExactly("0x400000+0x3000", "0x404000+0x1000");
    assertThat(content.indexOf(MadeUpSupport.IN_TRANSITION)).isEqualTo(0x1000);
    assertThat(content.indexOf(MadeUpSupport.IN_PAGE_FILE)).isEqualTo(0x2000);
    assertThat(content.substring(0x3040)).startsWith("page 4 of the process");
  }

  /** The real systems are asked all the same, and this one knows nothing of other images. */
  @Test
  void otherImagesAreOtherSystems() throws Exception {
    Path other = work.resolve("other.raw");
    byte[] bytes = Files.readAllBytes(Path.of(image));
    bytes[0x1000] ^= 1;
    Files.write(other, bytes);
    try (MemoryImage opened = MemoryImages.open(other, OpenOptions.defaults())) {
      assertThat(opened.format()).isEqualTo("raw");
    }
    assertThat(CommandRun.of("ps", other.toString()).code()).isEqualTo(ExitCode.NOT_FOUND);
    assertThat(CommandRun.of("ps", image).out()).contains("swapped");
  }

  @Test
  void aSystemWithoutChecksIsNotFoundToBeClean() {
    CommandRun run = CommandRun.of("check", image);
    assertThat(run.code()).as(run.err()).isEqualTo(ExitCode.DONE);
    assertThat(run.out()).contains("nothing was examined").doesNotContain("nothing found");
  }
}
