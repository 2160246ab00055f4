package io.nestwalk.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is rehearsed are commands that there are: nobody reads what they say. */
class RehearsalTest {

  private static final List<String> KINDS = List.of("work", "question", "list", "json", "search");

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

  /** A command that starts from another cache than it was rehearsed for starts slowly. */
  @Test
  void theLaunchersTakeEachForWhatItIsRehearsedAs() throws Exception {
    Path choice =
        Path.of(System.getProperty("nestwalk.root", ".."))
            .resolve("tools/launcher/caches.sh")
            .toAbsolutePath();
    assumeTrue(Files.isExecutable(Path.of("/bin/sh")), "there is no /bin/sh");
    assumeTrue(Files.isRegularFile(choice), "the launcher is not there");
    for (String kind : KINDS) {
      for (List<String> line : Rehearsal.commandLines(kind, "case", IMAGES)) {
        List<String> command = new ArrayList<>(List.of("/bin/sh", "-ec"));
        command.addAll(List.of(". \"$0\"; kind_of \"$@\"; echo $kind", choice.toString()));
        command.addAll(line);
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();

        assertThat(process.getInputStream()).as("%s", line).hasContent(kind + "\n");
      }
    }
  }

  @Test
  void everyKindIsAPartOfAll() {
    List<List<String>> all = Rehearsal.commandLines("all", "case", IMAGES);
    List<List<String>> kinds =
        KINDS.stream()
            .peek(kind -> assertThat(Rehearsal.commandLines(kind, "case", IMAGES)).isNotEmpty())
            .flatMap(kind -> Rehearsal.commandLines(kind, "case", IMAGES).stream())
            .toList();

    assertThat(kinds).containsExactlyInAnyOrderElementsOf(all);
    assertThat(Rehearsal.commandLines("start", "case", IMAGES)).isEmpty();
  }
}
