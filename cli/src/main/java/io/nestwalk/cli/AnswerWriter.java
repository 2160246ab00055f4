package io.nestwalk.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nestwalk.answer.Answer;
import io.nestwalk.answer.CsvWriter;
import io.nestwalk.answer.Json;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.util.List;

/**
 * Writes answers as JSON, NDJSON or CSV, or as a table of chosen columns. Other tables for people
 * are each command's own.
 */
final class AnswerWriter {

  private final PrintWriter out;
  private final PrintWriter err;

  AnswerWriter(PrintWriter out, PrintWriter err) {
    this.out = out;
    this.err = err;
  }

  /** Writes what is wanted of an answer, where the command has no table of its own for it. */
  void write(Answer answer, OutputOptions output) {
    List<String> columns = output.columns(answer);
    Answer chosen = output.chosen(answer);
    if (out instanceof ImageOutput image && output.format() != OutputFormat.TABLE) {
      image.take(chosen, columns);
      if (output.format() == OutputFormat.CSV) {
        warn(chosen);
      }
      return;
    }
    switch (output.format()) {
      case JSON -> json(chosen);
      case NDJSON -> ndjson(chosen);
      case CSV -> {
        csv(chosen, columns, out);
        warn(chosen);
      }
      case TABLE -> table(chosen, columns);
    }
  }

  private void table(Answer answer, List<String> columns) {
    TextTable table = new TextTable(columns.toArray(String[]::new));
    for (ObjectNode row : answer.rows()) {
      table.row(columns.stream().map(each -> cell(row, each)).toArray());
    }
    table.print(out);
    answer.coverage().path("warnings").forEach(w -> Messages.warning(err, w.asText()));
  }

  private static String cell(ObjectNode row, String column) {
    JsonNode value = CsvWriter.value(row, column);
    return value.isObject() || value.path(0).isObject()
        ? Json.line(value)
        : ListingCommand.text(value);
  }

  private void json(Answer answer) {
    out.println(Json.pretty(answer.json()));
  }

  private void ndjson(Answer answer) {
    answer.rows().forEach(row -> out.println(Json.line(row)));
    out.println(Json.line(answer.lastLine()));
  }

  private void warn(Answer answer) {
    answer.coverage().path("warnings").forEach(w -> err.println("nestwalk: " + w.asText()));
  }

  /** Writes the rows of an answer, without its warnings. */
  static void csv(Answer answer, List<String> columns, PrintWriter out) {
    try {
      CsvWriter csv = new CsvWriter(out, columns);
      for (ObjectNode row : answer.rows()) {
        csv.row(row);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("a PrintWriter throws none", e);
    }
  }
}
