package io.nestwalk.report;

import java.util.Locale;

/** The forms of a report. */
public enum ReportFormat {
  /** One file for a browser, with everything in it. */
  HTML,
  /** One object with everything in it. */
  JSON,
  /** A document a line, the coverage as the last. */
  NDJSON,
  /** The rows of one kind of document. */
  CSV;

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
