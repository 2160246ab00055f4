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
    for (String[] row : rows) {
      StringBuilder line = new StringBuilder();
      for (int i = 0; i < columns; i++) {
        line.append(row[i]);
        if (i < columns - 1) {
          line.repeat(' ', widths[i] - row[i].length()).append(GAP);
        }
      }
      out.println(line.toString().stripTrailing());
    }
  }
}
