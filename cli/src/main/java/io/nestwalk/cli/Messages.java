package io.nestwalk.cli;

import java.io.PrintWriter;

/**
 * What the program says beside its answers, a line each. Names of files and of what is in archives
 * may be in it, which are others' choice.
 */
final class Messages {

  private Messages() {}

  /** Why the command ends without an answer. */
  static void error(PrintWriter err, String text) {
    err.println("nestwalk: " + Printable.of(text));
  }

  /** What the reader of the answer must know. */
  static void warning(PrintWriter err, String text) {
    error(err, "warning: " + text);
  }
}
