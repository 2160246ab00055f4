package io.nestwalk.cli;

import java.util.Map;
import java.util.regex.Matcher;
import picocli.AutoComplete;
import picocli.CommandLine;

/**
 * A completion script for bash, which zsh can use: commands, options and their values by picocli,
 * and the names of machines and numbers of processes from the folder of an analysis.
 */
final class BashCompletion {

  private static final String BEHIND_FUNCTIONS = "# Define a completion specification";

  private BashCompletion() {}

  static String of(CommandLine whole) {
    String script =
        AutoComplete.bash(whole.getCommandName(), whole)
            .replaceFirst(
                BEHIND_FUNCTIONS,
                Matcher.quoteReplacement(KnownValues.function("bash")) + BEHIND_FUNCTIONS);
    for (Map.Entry<String, String> each : KnownValues.REPORTS.entrySet()) {
      script =
          script.replace(
              values(each.getKey(), ""),
              values(each.getKey(), "      _nestwalk_known %s\n".formatted(each.getValue())));
    }
    return script;
  }

  /** What picocli writes for an option, and how its values are found; of unknown ones nothing. */
  private static String values(String option, String how) {
    return "    '%s')\n%s      return\n".formatted(option, how);
  }
}
