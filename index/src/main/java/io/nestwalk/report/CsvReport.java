package io.nestwalk.report;

import com.fasterxml.jackson.core.JsonParser;
import io.nestwalk.answer.CsvWriter;
import io.nestwalk.answer.Subject;
import io.nestwalk.index.Entry;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** The rows of one kind of document, with the columns of the command that lists the same. */
final class CsvReport {

  private static final String TYPE = "type";

  private final Analysis analysis;
  private final Entry.Kind kind;

  CsvReport(Analysis analysis, Entry.Kind kind) {
    this.analysis = analysis;
    this.kind = kind;
  }

  void write(OutputStream out) throws IOException {
    Set<String> columns = new LinkedHashSet<>(subject().columns());
    if (kind != Entry.Kind.RUN) {
      // Runs are many, and all of them have the same keys.
      analysis
          .index()
          .forEach(
              kind,
              document -> {
                try (JsonParser parser = document.parser()) {
                  CsvWriter.addColumns(parser, columns);
                }
              });
      // All rows of a file are about the same.
      columns.remove(TYPE);
    }
    Writer text = new BufferedWriter(new OutputStreamWriter(out, StandardCharsets.UTF_8));
    CsvWriter rows = new CsvWriter(text, List.copyOf(columns));
    analysis.index().forEach(kind, document -> rows.row(document.tree()));
    text.flush();
  }

  private Subject subject() {
    return switch (kind) {
      case MACHINE -> Subject.MACHINE;
      case PROCESS -> Subject.PROCESS;
      case MAPPING -> Subject.MAPPING;
      case RUN -> Subject.RUN;
      case FINDING -> Subject.FINDING;
      case YARA -> Subject.RULE_HIT;
    };
  }
}
