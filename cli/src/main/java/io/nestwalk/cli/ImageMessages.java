package io.nestwalk.cli;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;

/**
 * Keeps what is said about one of several images until its turn; there is no progress bar on it.
 */
final class ImageMessages extends PrintWriter {

  private static final String START = "nestwalk: ";

  private final StringWriter text;

  ImageMessages() {
    this(new StringWriter());
  }

  private ImageMessages(StringWriter text) {
    super(text);
    this.text = text;
  }

  /** What was said, without the program's name. */
  List<String> lines() {
    flush();
    return text.toString()
        .lines()
        .map(line -> line.startsWith(START) ? line.substring(START.length()) : line)
        .toList();
  }
}
