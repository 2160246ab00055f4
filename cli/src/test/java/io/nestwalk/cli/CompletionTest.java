package io.nestwalk.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.nestwalk.cli.CompletionCommand.Shell;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What the shells themselves offer with the scripts that the program prints. */
class CompletionTest {

  private static final String BASH =
      """
      source "$1"
      COMP_LINE=$2; COMP_POINT=${#2}
      eval "COMP_WORDS=($2)"
      case $2 in *" ") COMP_WORDS+=("");; esac
      COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
      _complete_nestwalk nestwalk "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD-1]}"
      printf '%s\n' "${COMPREPLY[@]}"
      """;

  private static final String FISH = "source $argv[1]; complete -C $argv[2]";

  /**
   * A shell at a terminal of its own, where somebody types the line and a tab; what it would add to
   * its list goes to a file.
   */
  private static final String ZSH =
      """
      zmodload zsh/zpty
      zpty shell zsh -f -i
      zpty -w shell 'autoload -Uz compinit; compinit -u -d '${(q)1}'.dump; source '${(q)1}
      zpty -w shell 'offered='${(q)1}.offered
      zpty -w shell 'function compadd() {
        [[ ${@[1,(i)(-|--)]} == *-(O|A|D)\\ * ]] && { builtin compadd "$@"; return }
        local -a hits; builtin compadd -A hits "$@"; print -rl -- $hits >>$offered }'
      zpty -w shell 'function finish() { print >>$offered.done }; comppostfuncs=(finish)'
      zpty -w shell 'bindkey "^I" complete-word; function nestwalk() { }; print REA""DY'
      zpty -r -m shell started '*READY*'
      zpty -w -n shell "$2"$'\t'
      for i in {1..100}; do [[ -e $1.offered.done ]] && break; sleep .1; done
      zpty -d shell
      sort -u $1.offered 2>/dev/null
      rm -f $1.offered $1.offered.done
      """;

  /** What a shell offers at the end of a line, without what says what that is. */
  private static List<String> completed(Shell shell, Path script, String line) throws Exception {
    List<String> command =
        switch (shell) {
          case BASH -> List.of("bash", "--norc", "-c", BASH, "bash");
          case ZSH -> List.of("zsh", "-f", "-c", ZSH, "zsh");
          case FISH -> List.of("fish", "--no-config", "-c", FISH);
        };
    Process process =
        new ProcessBuilder(
                Stream.concat(command.stream(), Stream.of(script.toString(), line)).toList())
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    List<String> offered =
        process
            .inputReader()
            .lines()
            .map(each -> each.replaceFirst("\t.*", "").strip())
            .filter(each -> !each.isEmpty())
            .toList();
    assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
    return offered;
  }

  private static Path script(Shell shell, Path folder) throws Exception {
    assumeTrue(
        Stream.of(System.getenv("PATH").split(File.pathSeparator))
            .anyMatch(each -> Files.isExecutable(Path.of(each, shell.toString()))),
        shell + " is not installed");
    Path script = folder.resolve("completion");
    return Files.writeString(script, CommandRun.of("completion", shell.toString()).out());
  }

  @ParameterizedTest
  @EnumSource
  void commandsOptionsAndValues(Shell shell, @TempDir Path folder) throws Exception {
    Path script = script(shell, folder);
    assertThat(completed(shell, script, "nestwalk mac")).contains("machines");
    assertThat(completed(shell, script, "nestwalk ps --form")).contains("--format");
    assertThat(completed(shell, script, "nestwalk ps --format ")).contains("ndjson", "csv");
    assertThat(completed(shell, script, "nestwalk ps --input-format li")).contains("lime");
  }

  @ParameterizedTest
  @EnumSource
  void machinesAndProcessesOfAnAnalysis(Shell shell, @TempDir Path folder) throws Exception {
    Path script = script(shell, folder);
    Path reports = Files.createDirectories(folder.resolve("a dump.elf.nestwalk/reports"));
    Files.writeString(
        reports.resolve("machine.csv"),
        "id,parent\nhost,\nvm1,host\nhost-2,\nvm1-2.vm1,vm1-2\n$(rm),\n");
    Files.writeString(
        reports.resolve("process.csv"),
        "machine,pid,ppid\nhost,12,1\nvm1,86,1\nvm1,17,1\n\"x\nvm1,$(touch bad),3\n");
    Path plain = Files.createSymbolicLink(folder.resolve("case"), reports.getParent());
    String command = "nestwalk maps " + plain;
    assertThat(completed(shell, script, command + " --machine "))
        .containsExactlyInAnyOrder("host", "vm1", "host-2", "vm1-2.vm1");
    assertThat(completed(shell, script, command + " --machine vm1 --pid "))
        .containsExactlyInAnyOrder("86", "17");
    assertThat(completed(shell, script, command + " --pid 1"))
        .containsExactlyInAnyOrder("12", "17");
    // Beside an image; nothing where there is none.
    String image = "nestwalk ps '%s/a dump.elf' --machine v".formatted(folder);
    assertThat(completed(shell, script, image)).containsExactlyInAnyOrder("vm1", "vm1-2.vm1");
    // Zsh goes on with the files of the folder.
    assertThat(completed(shell, script, "nestwalk ps %s/other.elf --machine ".formatted(folder)))
        .doesNotContain("host", "vm1", "host-2", "vm1-2.vm1");
  }
}
