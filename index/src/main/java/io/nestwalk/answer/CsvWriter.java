package io.nestwalk.answer;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nestwalk.system.GuestText;
import java.io.IOException;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Writes rows as CSV (RFC 4180, UTF-8). An object's members are columns of their own ({@code
 * os.name}); a list of plain values stands in one cell with blanks between, any other list as JSON.
 *
 * <p>Text from a guest is data, and can be had back: a text that begins with {@code = + - @}, tab,
 * carriage return, line feed or an apostrophe, which a spreadsheet would take for a formula or
 * swallow, gets one apostrophe in front. A byte that is no text is {@code \\udc80} to {@code
 * \\udcff} as in JSON; where a text itself has such six characters, its backslash is {@code
 * \\udc5c}.
 */
public final class CsvWriter {

  /** What spreadsheets take for the start of a formula, wide forms included. */
  private static final String FORMULA = "=+-@\t\r\n'\uff1d\uff0b\uff0d\uff20";

  private static final String ESCAPE = "\\udc";
  private static final String ESCAPED_BACKSLASH = "\\udc5c";

  private final Appendable out;
  private final List<String> columns;

  /** Writes the header. */
  public CsvWriter(Appendable out, List<String> columns) throws IOException {
    this.out = out;
    this.columns = List.copyOf(columns);
    StringBuilder header = new StringBuilder();
    for (String column : columns) {
      header.append(header.isEmpty() ? "" : ",").append(quoted(column));
    }
    out.append(header).append('\n');
  }

  /** Writes a row; what is in no column is left out. */
  public void row(ObjectNode row) throws IOException {
    StringBuilder line = new StringBuilder();
    for (int i = 0; i < columns.size(); i++) {
      line.append(i == 0 ? "" : ",").append(cell(value(row, columns.get(i))));
    }
    out.append(line).append('\n');
  }

  /** Adds the columns of a row to those that are known. */
  public static void addColumns(ObjectNode row, Set<String> columns) {
    addColumns("", row, columns);
  }

  private static void addColumns(String prefix, ObjectNode row, Set<String> columns) {
    for (Map.Entry<String, JsonNode> member : row.properties()) {
      if (member.getValue() instanceof ObjectNode inner) {
        addColumns(prefix + member.getKey() + ".", inner, columns);
      } else {
        columns.add(prefix + member.getKey());
      }
    }
  }

  /**
   * Adds the columns of a row that is read word by word: those that {@link #addColumns(ObjectNode,
   * Set)} adds of its tree.
   *
   * @param row stands before an object
   */
  public static void addColumns(JsonParser row, Set<String> columns) throws IOException {
    if (row.nextToken() == JsonToken.START_OBJECT) {
      addColumns("", row, columns);
    }
  }

  private static void addColumns(String prefix, JsonParser row, Set<String> columns)
      throws IOException {
    while (row.nextToken() == JsonToken.FIELD_NAME) {
      String name = row.currentName();
      if (row.nextToken() == JsonToken.START_OBJECT) {
        addColumns(prefix + name + ".", row, columns);
      } else {
        columns.add(prefix.isEmpty() ? name : prefix + name);
        row.skipChildren();
      }
    }
  }

  /** The columns of a subject and after them what the rows have beyond these. */
  public static List<String> columns(Subject subject, List<ObjectNode> rows) {
    Set<String> columns = new LinkedHashSet<>(subject.columns());
    rows.forEach(row -> addColumns(row, columns));
    return List.copyOf(columns);
  }

  /** The value that stands in a column; missing where the row has none. */
  public static JsonNode value(ObjectNode row, String column) {
    JsonNode value = row.path(column);
    if (!value.isMissingNode() || column.indexOf('.') < 0) {
      return value;
    }
    JsonNode at = row;
    for (String part : column.split("\\.", -1)) {
      at = at.path(part);
    }
    return at;
  }

  private static String cell(JsonNode value) {
    if (value.isMissingNode() || value.isNull()) {
      return "";
    }
    if (value.isTextual()) {
      return quoted(harmless(value.textValue()));
    }
    return quoted(value.isArray() ? list(value) : value.asText());
  }

  private static String list(JsonNode array) {
    StringBuilder words = new StringBuilder();
    for (JsonNode each : array) {
      if (!each.isValueNode() || each.asText().isEmpty() || each.asText().indexOf(' ') >= 0) {
        return Json.line(array);
      }
      words.append(words.isEmpty() ? "" : " ").append(each.asText());
    }
    return harmless(words.toString());
  }

  /** The text as no formula and without what UTF-8 can't hold. */
  static String harmless(String text) {
    return isPlain(text) ? text : escaped(text);
  }

  /** Whether a text is as harmless as it stands: nearly all are. */
  private static boolean isPlain(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c < ' ' || c > '~' || c == '\\') {
        return false;
      }
    }
    return text.isEmpty() || FORMULA.indexOf(text.charAt(0)) < 0;
  }

  private static String escaped(String text) {
    StringBuilder result = new StringBuilder(text.length() + 1);
    if (!text.isEmpty() && FORMULA.indexOf(text.charAt(0)) >= 0) {
      result.append('\'');
    }
    for (int i = 0; i < text.length(); ) {
      int c = text.codePointAt(i);
      if (GuestText.isByte(c) || (c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE)) {
        result.append("\\u%04x".formatted(c));
      } else if (c == '\\' && text.startsWith(ESCAPE, i)) {
        result.append(ESCAPED_BACKSLASH);
      } else {
        result.appendCodePoint(c);
      }
      i += Character.charCount(c);
    }
    return result.toString();
  }

  private static String quoted(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == ',' || c == '"' || c == '\n' || c == '\r' || c == '\t') {
        return '"' + text.replace("\"", "\"\"") + '"';
      }
    }
    return text;
  }
}
