package io.nestwalk.report;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nestwalk.answer.Json;
import io.nestwalk.index.KeptRules;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Hits of YARA's rules as the HTML file has them: short, for a rule may have any number of strings
 * and say anything of itself. What is left out is counted; {@code search} and the other reports
 * have all.
 */
final class RuleHitRows {

  /** Places of strings that one hit shows. */
  static final int MOST_PLACES = 20;

  private static final int MOST_WORDS = 20;
  private static final int MOST_LINES = 50;
  private static final int MOST_TEXT = 300;

  private static final String STRINGS = "strings";
  private static final String LEFT_OUT = "stringsLeftOut";

  private RuleHitRows() {}

  /** What is said of the rules as a whole: absent hits are no answer where none were followed. */
  static ObjectNode rules(KeptRules kept) {
    ObjectNode node = Json.object();
    node.put("followed", kept.followed());
    node.put("file", cut(kept.file()));
    node.put("sha256", kept.sha256());
    ArrayNode said = node.putArray("said");
    List<String> lines = kept.said();
    lines.stream().limit(MOST_LINES).forEach(line -> said.add(cut(line)));
    if (lines.size() > MOST_LINES) {
      said.add("yara: %d more of such lines".formatted(lines.size() - MOST_LINES));
    }
    return node;
  }

  /** A hit's document, made short. */
  static ObjectNode row(JsonNode document) {
    ObjectNode row = Json.object();
    for (String key : List.of("machine", "space", "pid", "process", "rule")) {
      if (document.has(key)) {
        row.set(key, brief(document.path(key)));
      }
    }
    ArrayNode tags = row.putArray("tags");
    document.path("tags").valueStream().limit(MOST_WORDS).forEach(tag -> tags.add(brief(tag)));
    ObjectNode meta = row.putObject("meta");
    document
        .path("meta")
        .propertyStream()
        .limit(MOST_WORDS)
        .forEach(each -> meta.set(cut(each.getKey()), brief(each.getValue())));
    ArrayNode places = row.putArray(STRINGS);
    document
        .path(STRINGS)
        .valueStream()
        .limit(MOST_PLACES)
        .forEach(place -> places.add(place(document, place)));
    row.put(
        LEFT_OUT, document.path(LEFT_OUT).asLong() + document.path(STRINGS).size() - places.size());
    return row;
  }

  private static ObjectNode place(JsonNode document, JsonNode place) {
    ObjectNode row = Json.object();
    for (String key : List.of("name", "address", "hpa", "preview")) {
      if (place.has(key)) {
        row.set(key, brief(place.path(key)));
      }
    }
    place
        .path("owners")
        .valueStream()
        .filter(owner -> isOwn(document, place, owner))
        .map(owner -> owner.path("path"))
        .filter(JsonNode::isTextual)
        .findFirst()
        .ifPresent(path -> row.set("path", brief(path)));
    return row;
  }

  /** Whether an owner of a place is the process or kernel that the rule is true of. */
  private static boolean isOwn(JsonNode document, JsonNode place, JsonNode owner) {
    Map<String, JsonNode> own =
        Map.of(
            "machine", document.path("machine"),
            "pid", document.path("pid"),
            "space", document.path("space"),
            "address", place.path("address"));
    return own.entrySet().stream()
        .allMatch(each -> Objects.equals(owner.path(each.getKey()), each.getValue()));
  }

  private static JsonNode brief(JsonNode value) {
    return value.isTextual() ? Json.MAPPER.getNodeFactory().textNode(cut(value.asText())) : value;
  }

  private static String cut(String text) {
    if (text.length() <= MOST_TEXT) {
      return text;
    }
    int end = Character.isHighSurrogate(text.charAt(MOST_TEXT - 1)) ? MOST_TEXT - 1 : MOST_TEXT;
    return text.substring(0, end) + "…";
  }
}
