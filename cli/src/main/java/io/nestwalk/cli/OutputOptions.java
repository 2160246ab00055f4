package io.nestwalk.cli;

import io.nestwalk.answer.Answer;
import io.nestwalk.answer.CsvWriter;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** How a command answers. */
class OutputOptions {

  @Spec(Spec.Target.MIXEE)
  private CommandSpec command;

  @Option(
      names = "--format",
      paramLabel = "FORMAT",
      description = "table, json, ndjson or csv (default: ${DEFAULT-VALUE})")
  private OutputFormat format = OutputFormat.TABLE;

  final OutputFormat format() {
    return format;
  }

  final boolean isVerbose() {
    return ((Nestwalk) command.root().userObject()).isVerbose();
  }

  /** The command that has these options. */
  final CommandSpec command() {
    return command;
  }

  /** Whether the command prints the table that it has for people. */
  boolean isOwnTable() {
    return format == OutputFormat.TABLE;
  }

  /** What the user wants to see of an answer. */
  Answer chosen(Answer answer) {
    return answer;
  }

  /** The columns of an answer as CSV, or as a table of its keys: there those that a row has. */
  List<String> columns(Answer answer) {
    return CsvWriter.columns(answer.subject(), answer.rows()).stream()
        .filter(
            each ->
                format != OutputFormat.TABLE
                    || answer.rows().stream()
                        .anyMatch(row -> !CsvWriter.value(row, each).isMissingNode()))
        .toList();
  }
}
