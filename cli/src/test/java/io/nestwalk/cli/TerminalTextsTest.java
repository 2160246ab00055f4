package io.nestwalk.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;

/** What helps at the terminal: examples, completion, manual pages. */
class TerminalTextsTest {

  static Stream<String> commands() {
    return Nestwalk.whole().getSubcommands().keySet().stream();
  }

  @ParameterizedTest
  @MethodSource("commands")
  void everyCommandHasExamplesThatItTakes(String command) {
    List<String> examples = Examples.of(command);
    assertThat(examples).isNotEmpty();
    assertThat(CommandRun.of("help", command).out()).contains("Examples:", examples.getFirst());
    for (String example : examples) {
      String[] words = words(example.replaceFirst("^source <\\((.*?)\\).*", "$1"));
      assertThat(words[0]).as(example).isEqualTo("nestwalk");
      CommandLine line = Nestwalk.whole();
      line.parseArgs(Stream.of(words).skip(1).toArray(String[]::new));
      assertThat(words[1]).isEqualTo(command);
    }
  }

  /** As a shell splits it: quotes hold blanks, what is redirected is none of the program's. */
  private static String[] words(String example) {
    return Stream.of(example.replaceFirst(" [<>] .*", "").split(" (?=(?:[^']*'[^']*')*[^']*$)"))
        .map(word -> word.replace("'", ""))
        .toArray(String[]::new);
  }

  @ParameterizedTest
  @EnumSource(CompletionCommand.Shell.class)
  void completionsOfAllShellsKnowEveryCommand(CompletionCommand.Shell shell) {
    CommandRun run = CommandRun.of("completion", shell.toString());
    assertThat(run.code()).isEqualTo(ExitCode.DONE);
    assertThat(run.out()).contains(commands().toList());
    assertThat(run.out()).isEqualTo(CompletionCommand.script(shell));
  }

  @Test
  void anUnknownShellIsWrongUsage() {
    CommandRun run = CommandRun.of("completion", "tcsh");
    assertThat(run.code()).isEqualTo(ExitCode.USAGE);
    assertThat(run.err()).contains("'tcsh' is none of bash, zsh, fish");
  }

  @Test
  void thereIsAManualPageOfEveryCommandWithItsOptions() {
    assertThat(ManPages.all().keySet())
        .contains("nestwalk")
        .containsAll(commands().map("nestwalk-"::concat).toList());
    assertThat(ManPages.all().get("nestwalk-maps"))
        .contains(
            ".SH NAME\nnestwalk\\-maps \\- Lists the mappings of a process",
            "\\fB\\-\\-pid\\fP \\fIN\\fP\n",
            ".SH HOW THE IMAGE IS READ",
            ".SH EXAMPLES");
    assertThat(ManPages.all().values())
        .allSatisfy(
            page -> assertThat(page.lines().filter(line -> line.startsWith("'"))).isEmpty());
  }
}
