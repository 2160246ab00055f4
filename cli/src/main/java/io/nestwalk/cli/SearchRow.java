package io.nestwalk.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

/** The cells of an answer to a query, whatever kind of document it is. */
record SearchRow(ObjectNode row) {

  /** The first of some keys that has a value; a dash when none has. */
  String text(String... keys) {
    for (String key : keys) {
      JsonNode value = isRuleHit() && !row.has(key) ? string().path(key) : row.path(key);
      if (value.isValueNode() && !value.isNull() && !value.asText().isEmpty()) {
        return Printable.of(value.asText());
      }
    }
    return "-";
  }

  private boolean isRuleHit() {
    return row.path("type").asText().equals("yara");
  }

  /** The first string of a rule. */
  private JsonNode string() {
    return row.path("strings").path(0);
  }

  String size() {
    if (row.path("length").isNumber()) {
      return Sizes.of(row.path("length").asLong());
    }
    if (row.has("start") && row.has("end")) {
      return Sizes.of(
          AddressConverter.parse(row.path("end").asText())
              - AddressConverter.parse(row.path("start").asText()));
    }
    return "-";
  }

  String what() {
    JsonNode os = row.path("os");
    return switch (row.path("type").asText()) {
      case "machine" -> os.isObject() ? Printable.of(os.path("banner").asText()) : "-";
      case "process" -> text("commandLine", "path");
      case "mapping" -> text("path", "kind");
      case "run" -> text("path", "space");
      case "yara" -> rule();
      default -> text("text");
    };
  }

  /** A rule with the first of its strings: the row shows where that one stands. */
  private String rule() {
    int more = row.path("strings").size() - 1;
    String string = string().path("name").asText("");
    return Printable.of(
        row.path("rule").asText()
            + (string.isEmpty() ? "" : ": " + string)
            + (more > 0 ? " and %d more".formatted(more) : ""));
  }
}
