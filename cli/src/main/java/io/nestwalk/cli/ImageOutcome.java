package io.nestwalk.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nestwalk.answer.Answer;
import io.nestwalk.answer.Json;
import io.nestwalk.answer.Subject;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * What a command said about one of several images.
 *
 * @param image as it was named
 * @param code the exit code
 * @param answer null when there is none, of an image that can't be read for instance
 * @param columns of the answer
 * @param tables in place of an answer
 * @param text what was printed beside
 * @param messages lines of stderr, without the program's name
 */
record ImageOutcome(
    Path image,
    int code,
    Answer answer,
    List<String> columns,
    List<TextTable> tables,
    String text,
    List<String> messages) {

  /** What a command has left behind. */
  static ImageOutcome of(Path image, int code, ImageOutput output, ImageMessages messages) {
    return new ImageOutcome(
        image,
        code,
        output.answer(),
        output.columns(),
        output.tables(),
        output.text(),
        messages.lines());
  }

  /** The image's name, for people. */
  String name() {
    return Printable.of(image.toString());
  }

  /** Whether it would be the same another time: what failed may have had its reason elsewhere. */
  boolean isLasting() {
    return code == ExitCode.DONE || code == ExitCode.NOT_FOUND;
  }

  /** As it is kept. */
  ObjectNode json() {
    ObjectNode node = Json.object();
    node.put("image", image.toString());
    node.put("code", code);
    if (answer != null) {
      ObjectNode kept = node.putObject("answer");
      kept.put("subject", answer.subject().name());
      kept.put("name", answer.name());
      kept.putArray("rows").addAll(answer.rows());
      kept.set("coverage", answer.coverage());
      ObjectNode beside = kept.putObject("beside");
      answer.beside().forEach(beside::set);
    }
    columns.forEach(node.putArray("columns")::add);
    ArrayNode all = node.putArray("tables");
    for (TextTable table : tables) {
      ArrayNode rows = all.addArray();
      table.rows().forEach(row -> row.forEach(rows.addArray()::add));
    }
    node.put("text", text);
    messages.forEach(node.putArray("messages")::add);
    return node;
  }

  /**
   * Reads what was kept.
   *
   * @throws IllegalArgumentException when it is nothing of that kind
   */
  static ImageOutcome of(JsonNode node) {
    JsonNode kept = node.path("answer");
    Answer answer = null;
    if (kept.isObject()) {
      List<ObjectNode> rows = new ArrayList<>();
      kept.path("rows").forEach(row -> rows.add(object(row)));
      Map<String, JsonNode> beside = new LinkedHashMap<>();
      kept.path("beside").properties().forEach(each -> beside.put(each.getKey(), each.getValue()));
      answer =
          new Answer(
              Subject.valueOf(kept.path("subject").asText()),
              kept.path("name").asText(),
              rows,
              object(kept.path("coverage")),
              beside);
    }
    List<TextTable> tables = new ArrayList<>();
    for (JsonNode rows : node.path("tables")) {
      tables.add(TextTable.of(stream(rows).map(row -> texts(row)).toList()));
    }
    return new ImageOutcome(
        Path.of(node.path("image").asText()),
        node.path("code").asInt(ExitCode.FAULT),
        answer,
        texts(node.path("columns")),
        tables,
        node.path("text").asText(),
        texts(node.path("messages")));
  }

  private static ObjectNode object(JsonNode node) {
    if (node instanceof ObjectNode object) {
      return object;
    }
    throw new IllegalArgumentException("no object");
  }

  private static List<String> texts(JsonNode array) {
    return stream(array).map(JsonNode::asText).toList();
  }

  private static Stream<JsonNode> stream(JsonNode array) {
    return array.valueStream();
  }
}
