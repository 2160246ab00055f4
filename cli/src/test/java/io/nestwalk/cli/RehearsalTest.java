package io.nestwalk.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is rehearsed are commands that there are: nobody reads what they say. */
class RehearsalTest {

  private static final List<String> IMAGES = List.of(CommandRun.sample("tinyos.raw.zst"));

  @Test
  void everyCommandLineIsUnderstood(@TempDir Path folder) {
    for (List<String> line :
        Rehearsal.commandLines("all", folder.resolve("case").toString(), IMAGES)) {
      CommandRun run = CommandRun.of(line.toArray(String[]::new));

      assertThat(run.code())
          .as("%s: %s", line, run.err())
          .isIn(ExitCode.DONE, ExitCode.INPUT, ExitCode.NOT_FOUND);
    }
  }

  @Test
  void everyKindIsAPartOfAll() {
    List<List<String>> all = Rehearsal.commandLines("all", "case", IMAGES);
    List<List<String>> kinds =
        List.of("work", "question", "list", "json", "search").stream()
            .peek(kind -> assertThat(Rehearsal.commandLines(kind, "case", IMAGES)).isNotEmpty())
            .flatMap(kind -> Rehearsal.commandLines(kind, "case", IMAGES).stream())
            .toList();

    assertThat(kinds).containsExactlyInAnyOrderElementsOf(all);
    assertThat(Rehearsal.commandLines("start", "case", IMAGES)).isEmpty();
  }
}
