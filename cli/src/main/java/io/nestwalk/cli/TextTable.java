package io.nestwalk.cli;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;

/**
 * Rows in aligned columns, as wide as their widest cell; the last column is not padded. What a cell
 * holds stays in its line: see {@link Printable}.
 */
final class TextTable {

  private static final String GAP = "  ";

  /** A last column that has less room than this is not broken. */
  private static final int NARROWEST = 20;

  private final List<String[]> rows = new ArrayList<>();

  TextTable(String... header) {
    row((Object[]) header);
  }

  void row(Object... cells) {
    String[] row = new String[cells.length];
    for (int i = 0; i < cells.length; i++) {
      row[i] = cells[i] == null ? "-" : Printable.of(cells[i].toString());
    }
    rows.add(row);
  }

  /**
   * A table of rows that one had, the header first.
   *
   * @throws IllegalArgumentException when they are not as long as the header
   */
  static TextTable of(List<List<String>> rows) {
    TextTable table = new TextTable();
    table.rows.clear();
    for (List<String> row : rows) {
      if (row.size() != rows.getFirst().size()) {
        throw new IllegalArgumentException("a row that is not as long as the header");
      }
      table.row(row.toArray());
    }
    if (rows.isEmpty()) {
      throw new IllegalArgumentException("a table without a header");
    }
    return table;
  }

  /** Its rows, the header first. */
  List<List<String>> rows() {
    return rows.stream().map(List::of).toList();
  }

  /** An empty table with one more column in front. */
  static TextTable widened(String first, List<String> header) {
    TextTable table = new TextTable();
    table.rows.clear();
    table.rows.add(prefixed(first, header.toArray(String[]::new)));
    return table;
  }

  /** Adds the rows of a table that lacks the first column. */
  void addAll(String first, TextTable table) {
    table.rows.stream().skip(1).forEach(row -> rows.add(prefixed(first, row)));
  }

  private static String[] prefixed(String first, String... row) {
    String[] wide = new String[row.length + 1];
    wide[0] = first;
    System.arraycopy(row, 0, wide, 1, row.length);
    return wide;
  }

  List<String> header() {
    return List.of(rows.getFirst());
  }

  void print(PrintWriter out) {
    if (out instanceof ImageOutput image && image.take(this)) {
      return;
    }
    int columns = rows.getFirst().length;
    int[] widths = new int[columns];
    for (String[] row : rows) {
      for (int i = 0; i < columns; i++) {
        widths[i] = Math.max(widths[i], row[i].length());
      }
    }
    boolean first = true;
    for (String[] row : rows) {
      StringBuilder line = new StringBuilder();
      for (int i = 0; i < columns - 1; i++) {
        line.append(row[i]).repeat(' ', widths[i] - row[i].length()).append(GAP);
      }
      print(line, row[columns - 1], first, out);
      first = false;
    }
  }

  /** A row; on a terminal, what does not fit of its last cell stands below. */
  private static void print(StringBuilder line, String last, boolean heading, PrintWriter out) {
    if (!(out instanceof TerminalWriter terminal)) {
      out.println(line.append(last).toString().stripTrailing());
      return;
    }
    int start = line.length();
    int room = terminal.columns() - start;
    String rest = last;
    while (room >= NARROWEST && rest.length() > room) {
      int end = Character.isHighSurrogate(rest.charAt(room - 1)) ? room - 1 : room;
      out.println(line.append(rest, 0, end));
      line.setLength(0);
      line.repeat(' ', start);
      rest = rest.substring(end);
    }
    String whole = line.append(rest).toString().stripTrailing();
    out.println(heading ? terminal.heading(whole) : whole);
  }
}
