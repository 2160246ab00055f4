package io.nestwalk.cli;

import io.nestwalk.answer.Answer;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;

/**
 * Takes what a command answers about one of several images, so that it can stand in one answer with
 * the others': rows and tables as they are, and what is printed beside them as text.
 */
final class ImageOutput extends PrintWriter {

  private final StringWriter text;
  private final boolean joinsTables;
  private final List<TextTable> tables = new ArrayList<>();
  private Answer answer;
  private List<String> columns = List.of();

  /**
   * For one image.
   *
   * @param joinsTables whether tables are kept for a common one; otherwise they are text
   */
  ImageOutput(boolean joinsTables) {
    this(joinsTables, new StringWriter());
  }

  private ImageOutput(boolean joinsTables, StringWriter text) {
    super(text);
    this.text = text;
    this.joinsTables = joinsTables;
  }

  /** Takes a table; answers whether it was taken. */
  boolean take(TextTable table) {
    if (joinsTables) {
      tables.add(table);
    }
    return joinsTables;
  }

  /** Takes an answer. */
  void take(Answer taken, List<String> ofColumns) {
    answer = taken;
    columns = ofColumns;
  }

  List<TextTable> tables() {
    return tables;
  }

  /** The answer; null when there is none, of an image that can't be read for instance. */
  Answer answer() {
    return answer;
  }

  /** The columns of the answer. */
  List<String> columns() {
    return columns;
  }

  /** What was printed beside. */
  String text() {
    flush();
    return text.toString();
  }
}
