package io.nestwalk.cli;

/** The forms of an answer. */
enum OutputFormat {
  /** Aligned columns for people. */
  TABLE,
  /** One JSON object with the rows and the coverage. */
  JSON,
  /** A JSON object a row, the coverage as the last line. */
  NDJSON,
  /** Comma-separated rows with a header line. */
  CSV;

  @Override
  public String toString() {
    return name().toLowerCase(java.util.Locale.ROOT);
  }
}
