package io.nestwalk.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

final class CommandsTest {

  @Test
  void aCommandLineGetsTheCommandThatItNamesAlone() {
    assertThat(added("-v", "ps", "image", "--machine", "maps")).containsExactly("ps");
    assertThat(added("--version")).isEmpty();
  }

  @Test
  void allAreThereWhereNoneIsNamedOrHelpTellsOfAnother() {
    Set<String> all = added();
    assertThat(all).contains("analyze", "translate", "help").hasSizeGreaterThan(15);
    assertThat(Commands.summaries().keySet()).isEqualTo(all);
    assertThat(added("--help")).as("the list needs none").containsExactly("help");
    assertThat(added("help", "ps")).containsExactlyInAnyOrder("help", "ps");
    assertThat(added("help", "help")).containsExactly("help");
    assertThat(added("help", "pss")).isEqualTo(all);
    assertThat(added("help")).isEqualTo(all);
    assertThat(added("help", "-x", "ps")).isEqualTo(all);
    assertThat(added("pss")).isEqualTo(all);
  }

  @Test
  void everyCommandHasTheNameUnderWhichItIsAdded() {
    CommandLine top = new CommandLine(new Nestwalk());
    Commands.addNeeded(top);
    top.getSubcommands()
        .forEach((name, command) -> assertThat(command.getCommandSpec().name()).isEqualTo(name));
  }

  /** To look for them takes time at every start. */
  @Test
  void noCommandIsLookedThroughForMethodsThatAreCommands() {
    CommandLine top = new CommandLine(new Nestwalk());
    Commands.addNeeded(top);
    top.getSubcommands()
        .forEach(
            (name, command) ->
                assertThat(command.getCommandSpec().isAddMethodSubcommands())
                    .as(name)
                    .isEqualTo(name.equals("help"))); // picocli's own
  }

  private static Set<String> added(String... args) {
    CommandLine top = new CommandLine(new Nestwalk());
    Commands.addNeeded(top, args);
    return top.getSubcommands().keySet();
  }
}
