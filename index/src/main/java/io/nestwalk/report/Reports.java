package io.nestwalk.report;

import io.nestwalk.index.Entry;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Set;

/** Writes reports. */
public final class Reports {

  private Reports() {}

  /**
   * Writes a report.
   *
   * @param rows the kind of document whose rows a CSV report holds; other formats hold all
   * @param out is not closed
   */
  public static void write(
      Analysis analysis, ReportFormat format, Entry.Kind rows, OutputStream out)
      throws IOException {
    switch (format) {
      case HTML -> new HtmlReport(analysis).write(out);
      case JSON -> json(analysis, analysis.kinds(), out);
      case NDJSON -> new NdjsonReport(analysis).write(out);
      case CSV -> new CsvReport(analysis, rows).write(out);
    }
    out.flush();
  }

  /**
   * Writes a JSON report.
   *
   * @param kinds the kinds of documents that it lists; the list of another kind is absent
   * @param out is not closed
   */
  public static void json(Analysis analysis, Set<Entry.Kind> kinds, OutputStream out)
      throws IOException {
    new JsonReport(analysis, kinds).write(out);
    out.flush();
  }

  /** What the list of a kind's documents is called: "processes". */
  static String plural(Entry.Kind kind) {
    return switch (kind) {
      case PROCESS -> "processes";
      case YARA -> "ruleHits";
      default -> kind + "s";
    };
  }
}
