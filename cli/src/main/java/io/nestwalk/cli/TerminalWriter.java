package io.nestwalk.cli;

import java.io.PrintWriter;
import java.io.Writer;

/** Writes to a terminal, so that lines can be as wide as it is and headings stand out. */
final class TerminalWriter extends PrintWriter {

  private static final String BOLD = "\u001b[1m";
  private static final String PLAIN = "\u001b[0m";

  private final int columns;
  private final boolean colour;

  /**
   * On a writer.
   *
   * @param columns the width of the terminal, in characters
   * @param colour whether it may be told how to show text
   */
  TerminalWriter(Writer out, int columns, boolean colour) {
    super(out);
    this.columns = columns;
    this.colour = colour;
  }

  /** Shows what was held back for a pager, or waits for its end. */
  void end() {
    if (out instanceof Pager) {
      close();
    }
  }

  int columns() {
    return columns;
  }

  /** A heading, which stands out where that is wanted. */
  String heading(String text) {
    return colour ? BOLD + text + PLAIN : text;
  }
}
