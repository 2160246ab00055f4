package io.nestwalk.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** Which of a disk image's snapshots a command reads. */
class SnapshotOptionTest {

  private static final String TWO =
      Path.of(System.getProperty("nestwalk.root", ".."))
          .resolve("parsers/src/test/resources/io/nestwalk/image/qcow2/pc-two-snapshots.qcow2.zst")
          .toString();

  @Test
  void memoryWithoutAPlaceInTheFileIsNotSaidToBeMissing() {
    CommandRun zeros = CommandRun.of("translate", TWO, "0x7f000", "--physical");
    assertThat(zeros.code()).isEqualTo(ExitCode.DONE);
    assertThat(zeros.out()).contains("packed").doesNotContain("not in the image");
  }

  @Test
  void infoListsThemAndSaysWhichWasRead() {
    JsonNode newest = CommandRun.of("info", TWO, "--format", "json").json();
    assertThat(newest.path("snapshots"))
        .extracting(each -> each.path("name").asText() + " " + each.path("read").asBoolean())
        .containsExactly("second true", "first false");
    assertThat(newest.path("coverage").path("warnings").toString())
        .contains("another can be named", "(--snapshot)");
    JsonNode first = CommandRun.of("info", TWO, "--snapshot", "1", "--format", "json").json();
    assertThat(first.path("snapshots"))
        .extracting(each -> each.path("name").asText() + " " + each.path("read").asBoolean())
        .containsExactly("second false", "first true");
    assertThat(first.path("snapshots").get(0).path("time").asText()).startsWith("2026-11-22T17:");
    assertThat(first.path("coverage").path("warnings")).isEmpty();
    assertThat(CommandRun.of("info", TWO, "--snapshot", "first").out())
        .containsPattern("2 +second .* -\\s+1 +first .* yes");
  }

  @Test
  void oneThatIsNotThereIsNotFound() {
    CommandRun run = CommandRun.of("info", TWO, "--snapshot", "third");
    assertThat(run.code()).isEqualTo(ExitCode.NOT_FOUND);
    assertThat(run.err()).contains("third; there are \"second\" (id 2), \"first\" (id 1)");
  }

  @Test
  void otherFormatsHaveNone() {
    CommandRun run = CommandRun.of("info", CommandRun.sample("tinyos.raw.zst"), "--snapshot", "x");
    assertThat(run.code()).isEqualTo(ExitCode.DONE);
    assertThat(run.err())
        .contains("the snapshot is not used: the format raw takes none (--snapshot)");
  }
}
