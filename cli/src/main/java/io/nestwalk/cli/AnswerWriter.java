package io.nestwalk.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nestwalk.answer.Answer;
import io.nestwalk.answer.CsvWriter;
import io.nestwalk.answer.Json;
import io.nestwalk.answer.Subject;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.util.List;

/** Writes answers as JSON, NDJSON or CSV. Tables for people are each command's own. */
final class AnswerWriter {

  private final PrintWriter out;
  private final PrintWriter err;

  AnswerWriter(PrintWriter out, PrintWriter err) {
    this.out = out;
    this.err = err;
  }

  /** Writes {@code answer} in a format other than {@link OutputFormat#TABLE}. */
  void write(Answer answer, OutputFormat format) {
    switch (format) {
      case JSON -> json(answer);
      case NDJSON -> ndjson(answer);
      case CSV -> csv(answer);
      case TABLE -> throw new IllegalArgumentException("tables are made by the commands");
    }
  }

  private void json(Answer answer) {
    out.println(Json.pretty(answer.json()));
  }

  private void ndjson(Answer answer) {
    answer.rows().forEach(row -> out.println(Json.line(row)));
    out.println(Json.line(answer.lastLine()));
  }

  /** The subject's columns, and those that any row has beyond them. */
  private void csv(Answer answer) {
    csv(answer.subject(), answer.rows());
    answer.coverage().path("warnings").forEach(w -> err.println("nestwalk: " + w.asText()));
  }

  private void csv(Subject subject, List<ObjectNode> rows) {
    try {
      CsvWriter csv = new CsvWriter(out, CsvWriter.columns(subject, rows));
      for (ObjectNode row : rows) {
        csv.row(row);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("a PrintWriter throws none", e);
    }
  }
}
