package io.nestwalk.report;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.SerializableString;
import com.fasterxml.jackson.core.io.CharacterEscapes;
import com.fasterxml.jackson.core.io.SerializedString;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nestwalk.answer.Json;
import io.nestwalk.index.Entry;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * One HTML file with everything in it: data, style and script. It opens from disk and asks no
 * network. Text from guests is data, never markup: it is written into a block that browsers do not
 * interpret, with every character escaped that could end it.
 */
final class HtmlReport {

  /** More rows than this make a browser slow; the other reports have all of them. */
  private static final int MAX_ROWS = 200_000;

  private static final String TEMPLATE = "report.html";
  private static final String STYLE = "/*STYLE*/";
  private static final String SCRIPT = "/*SCRIPT*/";
  private static final String DATA = "/*DATA*/";

  private final Analysis analysis;
  private final Map<String, Integer> strings = new LinkedHashMap<>();

  HtmlReport(Analysis analysis) {
    this.analysis = analysis;
  }

  void write(OutputStream out) throws IOException {
    String page =
        resource(TEMPLATE)
            .replace(STYLE, resource("report.css"))
            .replace(SCRIPT, resource("report.js"));
    int data = page.indexOf(DATA);
    out.write(page.substring(0, data).getBytes(StandardCharsets.UTF_8));
    data(out);
    out.write(page.substring(data + DATA.length()).getBytes(StandardCharsets.UTF_8));
  }

  private static String resource(String name) throws IOException {
    try (InputStream in = HtmlReport.class.getResourceAsStream(name)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private void data(OutputStream out) throws IOException {
    try (JsonGenerator json = Json.MAPPER.createGenerator(out)) {
      json.disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET);
      json.setCharacterEscapes(new MarkupEscapes());
      json.writeStartObject();
      json.writeFieldName("provenance");
      json.writeTree(analysis.provenance());
      json.writeFieldName("coverage");
      json.writeTree(analysis.coverage());
      json.writeFieldName("counts");
      json.writeTree(analysis.counts());
      json.writeNumberField("maxRows", MAX_ROWS);
      rows(json, Entry.Kind.MACHINE);
      rows(json, Entry.Kind.PROCESS);
      rows(json, Entry.Kind.FINDING);
      compact(json, Entry.Kind.MAPPING);
      compact(json, Entry.Kind.RUN);
      json.writeFieldName("physical");
      json.writeTree(PhysicalPicture.of(analysis.index()).json());
      json.writeFieldName("walks");
      json.writeTree(analysis.walks());
      json.writeArrayFieldStart("strings");
      for (String string : strings.keySet()) {
        json.writeString(string);
      }
      json.writeEndArray();
      json.writeEndObject();
    }
  }

  private void rows(JsonGenerator json, Entry.Kind kind) throws IOException {
    json.writeArrayFieldStart(Reports.plural(kind));
    int[] count = {0};
    analysis
        .index()
        .forEach(
            kind,
            document -> {
              if (count[0]++ < MAX_ROWS) {
                json.writeTree(document);
              }
            });
    json.writeEndArray();
  }

  /** Rows as arrays whose words are numbers of {@link #strings}: a tenth of the size. */
  private void compact(JsonGenerator json, Entry.Kind kind) throws IOException {
    json.writeArrayFieldStart(Reports.plural(kind));
    int[] count = {0};
    analysis
        .index()
        .forEach(
            kind,
            document -> {
              if (count[0]++ >= MAX_ROWS) {
                return;
              }
              json.writeStartArray();
              if (kind == Entry.Kind.MAPPING) {
                mapping(json, document);
              } else {
                run(json, document);
              }
              json.writeEndArray();
            });
    json.writeEndArray();
  }

  private void mapping(JsonGenerator json, ObjectNode document) throws IOException {
    word(json, document, "machine");
    json.writeNumber(document.path("pid").asInt());
    json.writeString(document.path("start").asText());
    json.writeString(document.path("end").asText());
    word(json, document, "permissions");
    word(json, document, "kind");
    word(json, document, "path");
    word(json, document, "offset");
    json.writeNumber(document.path("presentBytes").asLong());
    json.writeNumber(number(document.path("flags").toString()));
  }

  private void run(JsonGenerator json, ObjectNode document) throws IOException {
    word(json, document, "machine");
    word(json, document, "space");
    json.writeNumber(document.path("pid").asInt(-1));
    json.writeString(document.path("start").asText());
    json.writeNumber(document.path("length").asLong());
    text(json, document.path("gpa"));
    text(json, document.path("hpa"));
    word(json, document, "permissions");
    word(json, document, "path");
    json.writeNumber(document.path("pageSize").asLong());
  }

  private static void text(JsonGenerator json, JsonNode value) throws IOException {
    if (value.isTextual()) {
      json.writeString(value.asText());
    } else {
      json.writeNull();
    }
  }

  private void word(JsonGenerator json, ObjectNode document, String key) throws IOException {
    json.writeNumber(number(document.path(key).asText("")));
  }

  private int number(String word) {
    return strings.computeIfAbsent(word, w -> strings.size());
  }

  /** Escapes what HTML could take for the end of the data, beside what JSON escapes. */
  private static final class MarkupEscapes extends CharacterEscapes {

    private static final long serialVersionUID = 1L;

    @Override
    public int[] getEscapeCodesForAscii() {
      int[] codes = standardAsciiEscapesForJSON();
      for (char c : new char[] {'<', '>', '&'}) {
        codes[c] = ESCAPE_CUSTOM;
      }
      return codes;
    }

    @Override
    public SerializableString getEscapeSequence(int c) {
      return new SerializedString("\\u%04x".formatted(c));
    }
  }
}
