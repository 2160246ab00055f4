package io.nestwalk.answer;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.csv.CsvMapper;
import com.fasterxml.jackson.dataformat.csv.CsvParser;
import io.nestwalk.system.GuestText;
import java.io.IOException;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CsvWriterTest {

  private static final Pattern ESCAPE = Pattern.compile("\\\\udc([0-9a-f]{2})");

  private static String csv(String text) throws IOException {
    StringBuilder out = new StringBuilder();
    new CsvWriter(out, List.of("a", "b")).row(Json.object().put("a", text).put("b", 7));
    return out.toString();
  }

  /** The cell as another program reads it. */
  private static String cell(String csv) throws IOException {
    List<String[]> rows =
        new CsvMapper()
            .readerFor(String[].class)
            .with(CsvParser.Feature.WRAP_AS_ARRAY)
            .<String[]>readValues(csv)
            .readAll();
    assertThat(rows).hasSize(2);
    assertThat(rows.get(1)[1]).isEqualTo("7");
    return rows.get(1)[0];
  }

  /** Takes back what the writer says that it does. */
  private static String undone(String cell) {
    String text = cell.startsWith("'") ? cell.substring(1) : cell;
    Matcher escapes = ESCAPE.matcher(text);
    return escapes.replaceAll(
        found -> {
          int value = Integer.parseInt(found.group(1), 16);
          return Matcher.quoteReplacement(
              value == '\\' ? "\\" : Character.toString((char) (0xdc00 | value)));
        });
  }

  @Property
  void bytesOfAGuestComeBack(@ForAll byte[] bytes) throws IOException {
    String text = GuestText.of(bytes, 0, bytes.length);
    String cell = cell(csv(text));
    assertThat(GuestText.bytes(undone(cell))).isEqualTo(bytes);
  }

  @ParameterizedTest
  @ValueSource(strings = {"=1+1", "+1", "-1+1|cmd", "@SUM(1)", "\t=1", "\r=1", "\n=1", "'x", "＝1"})
  void noCellBeginsAFormula(String text) throws IOException {
    String cell = cell(csv(text));
    assertThat(cell).isEqualTo("'" + text);
    assertThat(undone(cell)).isEqualTo(text);
  }

  @Test
  void numbersAndOrdinaryTextStay() throws IOException {
    assertThat(csv("C:\\Windows\\x")).isEqualTo("a,b\nC:\\Windows\\x,7\n");
    StringBuilder out = new StringBuilder();
    new CsvWriter(out, List.of("n")).row(Json.object().put("n", -1));
    assertThat(out).hasToString("n\n-1\n");
  }

  @Test
  void textThatLooksLikeAnEscapeIsTold() throws IOException {
    String text = "a\\udc9b";
    assertThat(undone(cell(csv(text)))).isEqualTo(text).isNotEqualTo("a\udc9b");
    assertThat(csv("a\udc9b")).isEqualTo("a,b\na\\udc9b,7\n");
  }

  @Test
  void membersAreColumnsAndListsAreWords() throws IOException {
    ObjectNode row = Json.object();
    row.putObject("os").put("name", "Linux");
    row.putArray("flags").add("x").add("y");
    row.putArray("texts").add("a b");
    List<String> columns = CsvWriter.columns(Subject.IMAGE, List.of(row));
    StringBuilder out = new StringBuilder();
    new CsvWriter(out, columns).row(row);
    assertThat(out)
        .hasToString("image,format,os.name,flags,texts\n,,Linux,x y,\"[\"\"a b\"\"]\"\n");
  }

  @Test
  void jsonKeepsEveryByte() throws IOException {
    String text = "new\nline\u001b[31m\udc9b";
    String line = Json.line(Json.object().put("name", text));
    assertThat(line).contains("\\n", "\\u001B", "\\uDC9B").doesNotContain("\u001b");
    assertThat(Json.MAPPER.readTree(line).path("name").asText()).isEqualTo(text);
  }

  @Test
  void aRowThatIsReadWordByWordHasTheColumnsOfItsTree() throws Exception {
    ObjectNode row = Json.object().put("b", 1);
    row.putObject("os").put("name", "Linux").putObject("build").put("type", "type");
    row.putArray("list").addObject().put("inner", 1);
    row.putObject("empty");
    row.putNull("none").put("a", "");
    Set<String> ofTree = new LinkedHashSet<>(List.of("a"));
    CsvWriter.addColumns(row, ofTree);
    Set<String> ofWords = new LinkedHashSet<>(List.of("a"));
    byte[] bytes = Json.MAPPER.writeValueAsBytes(row);
    try (JsonParser words = Json.MAPPER.createParser(bytes)) {
      CsvWriter.addColumns(words, ofWords);
    }
    assertThat(List.copyOf(ofWords))
        .containsExactly("a", "b", "os.name", "os.build.type", "list", "none")
        .isEqualTo(List.copyOf(ofTree));
  }
}
