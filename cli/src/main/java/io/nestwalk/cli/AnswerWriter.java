package io.nestwalk.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintWriter;
import java.util.LinkedHashSet;
import java.util.Set;

/** Writes answers as JSON, NDJSON or CSV. Tables for people are each command's own. */
final class AnswerWriter {

  /** Makes and writes all JSON here. */
  static final ObjectMapper JSON = new ObjectMapper();

  private static final ObjectMapper PRETTY =
      new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

  private final PrintWriter out;
  private final PrintWriter err;

  AnswerWriter(PrintWriter out, PrintWriter err) {
    this.out = out;
    this.err = err;
  }

  /** Writes {@code answer} in a format other than {@link OutputFormat#TABLE}. */
  void write(Answer answer, OutputFormat format) {
    switch (format) {
      case JSON -> json(answer);
      case NDJSON -> ndjson(answer);
      case CSV -> csv(answer);
      case TABLE -> throw new IllegalArgumentException("tables are made by the commands");
    }
  }

  private void json(Answer answer) {
    ObjectNode whole;
    if (answer.name().isEmpty()) {
      whole = answer.rows().getFirst().deepCopy();
    } else {
      whole = JSON.createObjectNode();
      whole.putArray(answer.name()).addAll(answer.rows());
    }
    answer.beside().forEach(whole::set);
    whole.set("coverage", answer.coverage());
    out.println(text(whole, PRETTY));
  }

  private void ndjson(Answer answer) {
    answer.rows().forEach(row -> out.println(text(row, JSON)));
    ObjectNode last = JSON.createObjectNode();
    answer.beside().forEach(last::set);
    last.set("coverage", answer.coverage());
    out.println(text(last, JSON));
  }

  /** A column for every key that any row has; what is not a plain value stays JSON in its cell. */
  private void csv(Answer answer) {
    Set<String> columns = new LinkedHashSet<>();
    answer.rows().forEach(row -> row.fieldNames().forEachRemaining(columns::add));
    out.println(String.join(",", columns));
    for (ObjectNode row : answer.rows()) {
      StringBuilder line = new StringBuilder();
      for (String column : columns) {
        line.append(line.isEmpty() && column.equals(columns.iterator().next()) ? "" : ",");
        line.append(cell(row.get(column)));
      }
      out.println(line);
    }
    answer.coverage().path("warnings").forEach(w -> err.println("nestwalk: " + w.asText()));
  }

  private static String cell(JsonNode value) {
    if (value == null || value.isNull()) {
      return "";
    }
    String plain = value.isValueNode() ? value.asText() : text(value, JSON);
    boolean quoted = plain.chars().anyMatch(c -> c == ',' || c == '"' || c == '\n' || c == '\r');
    return quoted ? '"' + plain.replace("\"", "\"\"") + '"' : plain;
  }

  static String text(JsonNode node, ObjectMapper mapper) {
    try {
      return mapper.writeValueAsString(node);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a JSON tree can always be written", e);
    }
  }
}
