package io.nestwalk.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
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

  @Test
  void bashCompletesCommandsOptionsAndValues(@TempDir Path folder) throws Exception {
    Path script = folder.resolve("completion");
    Files.writeString(script, CommandRun.of("completion", "bash").out());
    assertThat(completed(script, "nestwalk mac")).contains("machines");
    assertThat(completed(script, "nestwalk ps --form")).contains("--format");
    assertThat(completed(script, "nestwalk ps --format ")).contains("ndjson", "csv");
    assertThat(completed(script, "nestwalk ps --input-format li")).contains("lime");
  }

  @Test
  void machinesAndProcessesOfAnAnalysisAreCompleted(@TempDir Path folder) throws Exception {
    Path script = folder.resolve("completion");
    Files.writeString(script, CommandRun.of("completion", "bash").out());
    Path reports = Files.createDirectories(folder.resolve("a dump.elf.nestwalk/reports"));
    Files.writeString(
        reports.resolve("machine.csv"),
        "id,parent\nhost,\nvm1,host\nhost-2,\nvm1-2.vm1,vm1-2\n$(rm),\n");
    Files.writeString(
        reports.resolve("process.csv"),
        "machine,pid,ppid\nhost,12,1\nvm1,86,1\nvm1,17,1\n\"x\nvm1,$(touch bad),3\n");
    Path plain = Files.createSymbolicLink(folder.resolve("case"), reports.getParent());
    String command = "nestwalk maps " + plain;
    assertThat(completed(script, command + " --machine "))
        .containsExactly("host", "vm1", "host-2", "vm1-2.vm1");
    assertThat(completed(script, command + " --machine vm1 --pid ")).containsExactly("86", "17");
    assertThat(completed(script, command + " --pid 1")).containsExactly("12", "17");
    // Beside an image; nothing where there is none.
    Files.move(reports.getParent(), folder.resolve("dump.elf.nestwalk"));
    assertThat(completed(script, "nestwalk ps %s/dump.elf --machine v".formatted(folder)))
        .containsExactly("vm1", "vm1-2.vm1");
    assertThat(completed(script, "nestwalk ps %s/other.elf --machine ".formatted(folder)))
        .containsExactly("");
  }

  /** What bash offers at the end of a line. */
  private static List<String> completed(Path script, String line)
      throws IOException, InterruptedException {
    String program =
        """
        source "$0"
        COMP_LINE=$1; COMP_POINT=${#1}
        read -ra COMP_WORDS <<< "$1"
        case $1 in *" ") COMP_WORDS+=("");; esac
        COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
        _complete_nestwalk nestwalk "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD-1]}"
        printf '%s\\n' "${COMPREPLY[@]}"
        """;
    Process bash =
        new ProcessBuilder("bash", "--norc", "-c", program, script.toString(), line).start();
    List<String> offered = bash.inputReader().lines().map(String::strip).toList();
    assertThat(bash.waitFor(20, TimeUnit.SECONDS)).isTrue();
    return offered;
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
