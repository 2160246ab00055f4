package io.nestwalk.cli;

import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/**
 * A completion script for fish, made of the commands' options; the names of machines and numbers of
 * processes come from the folder of an analysis.
 */
final class FishCompletion {

  private final String program;
  private final StringBuilder script = new StringBuilder();

  private FishCompletion(String program) {
    this.program = program;
  }

  static String of(CommandLine whole) {
    FishCompletion completion = new FishCompletion(whole.getCommandName());
    completion.program(whole.getCommandSpec());
    return completion.script.toString();
  }

  private void program(CommandSpec top) {
    line("# Completion of %s for fish.".formatted(program));
    script.append(KnownValues.function("fish"));
    line("complete -c %s -n __fish_use_subcommand -f".formatted(program));
    options(top, "__fish_use_subcommand");
    for (Map.Entry<String, CommandLine> each : top.subcommands().entrySet()) {
      CommandSpec command = each.getValue().getCommandSpec();
      line(
          "complete -c %s -n __fish_use_subcommand -a %s -d %s"
              .formatted(
                  program, each.getKey(), quoted(sentence(command.usageMessage().description()))));
      String condition = quoted("__fish_seen_subcommand_from " + each.getKey());
      options(command, condition);
      for (PositionalParamSpec parameter : command.positionalParameters()) {
        values(
            parameter.completionCandidates(),
            "complete -c %s -n %s -f".formatted(program, condition));
      }
    }
    String all = String.join(" ", top.subcommands().keySet());
    line(
        "complete -c %s -n %s -f -a %s"
            .formatted(program, quoted("__fish_seen_subcommand_from help"), quoted(all)));
  }

  private void options(CommandSpec command, String condition) {
    for (OptionSpec option : command.options()) {
      if (option.hidden()) {
        continue;
      }
      StringBuilder start = new StringBuilder("complete -c %s -n %s".formatted(program, condition));
      for (String name : option.names()) {
        start.append(
            name.startsWith("--") ? " -l " + name.substring(2) : " -s " + name.substring(1));
      }
      boolean takesValue = option.arity().max() > 0;
      boolean isFile = java.nio.file.Path.class.isAssignableFrom(option.auxiliaryTypes()[0]);
      if (takesValue) {
        start.append(isFile ? " -r -F" : " -x");
      }
      start.append(" -d ").append(quoted(sentence(option.description())));
      String report = KnownValues.REPORTS.get(option.longestName());
      if (report != null) {
        start.append(" -a ").append(quoted("(__nestwalk_known %s)".formatted(report)));
      }
      if (!values(option.completionCandidates(), start.toString())) {
        line(start.toString());
      }
    }
  }

  /** A line that offers values; none where there are no known ones. */
  private boolean values(Iterable<String> candidates, String start) {
    if (candidates == null) {
      return false;
    }
    String all = String.join(" ", candidates);
    if (!all.isEmpty()) {
      line("%s -a %s".formatted(start, quoted(all)));
    }
    return !all.isEmpty();
  }

  /** What a description begins with, short enough to stand beside a name. */
  private static String sentence(String... description) {
    String text = description.length == 0 ? "" : description[0];
    int end = text.length();
    for (String stop : new String[] {". ", ": ", "; ", " ("}) {
      int at = text.indexOf(stop);
      end = at > 0 ? Math.min(end, at) : end;
    }
    String first = text.substring(0, end);
    return first.endsWith(".") ? first.substring(0, first.length() - 1) : first;
  }

  private static String quoted(String text) {
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'";
  }

  private void line(String text) {
    script.append(text).append('\n');
  }
}
