package io.nestwalk.answer;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The JSON Schemas (2020-12) of all answers. What answers share is described once, in {@code
 * defs.json}; each schema holds what it uses of that.
 */
public final class AnswerSchemas {

  private static final List<String> NAMES =
      List.of(
          "analyze",
          "bash",
          "bpf",
          "bpf-instructions",
          "bpf-maps",
          "check",
          "control",
          "diff",
          "dmesg",
          "env",
          "files",
          "find",
          "find-count",
          "info",
          "lsof",
          "machines",
          "malfind",
          "manifest",
          "maps",
          "modules",
          "mounts",
          "namespaces",
          "netstat",
          "ps",
          "report",
          "report-line",
          "search",
          "second-level",
          "second-level-odd",
          "second-level-stats",
          "shared",
          "shared-stats",
          "symbols",
          "threads",
          "timeline",
          "translate",
          "yara");

  /** Of the answers' keys; a key that is new does not change it. */
  private static final int VERSION = 2;

  private static final String DIALECT = "https://json-schema.org/draft/2020-12/schema";
  private static final String DEFINITIONS = "$defs";
  private static final String REFERENCE = "#/$defs/";

  private AnswerSchemas() {}

  /** The names: those of the commands, and of what folders and reports hold. */
  public static List<String> names() {
    return NAMES;
  }

  /** The schema of that name, complete in itself. */
  public static Optional<ObjectNode> named(String name) {
    if (!NAMES.contains(name)) {
      return Optional.empty();
    }
    ObjectNode schema = Json.object();
    schema.put("$schema", DIALECT);
    schema.put("$id", "urn:nestwalk:schema:%s:%d".formatted(name, VERSION));
    schema.setAll((ObjectNode) resource(name));
    return Optional.of(complete(schema));
  }

  /**
   * The schema of a list about several images: that of one, where every row has its {@code image},
   * and {@code coverage} tells of each image. Empty where the answer is no list.
   */
  public static Optional<ObjectNode> ofSeveralImages(String name) {
    Optional<ObjectNode> single = named(name);
    if (single.isEmpty()) {
      return single;
    }
    ObjectNode schema = single.get();
    JsonNode definitions = schema.remove(DEFINITIONS);
    boolean list = false;
    for (Map.Entry<String, JsonNode> each : schema.path("properties").properties()) {
      String reference = each.getValue().path("items").path("$ref").asText("");
      if (reference.startsWith(REFERENCE)) {
        ObjectNode row = definitions.path(reference.substring(REFERENCE.length())).deepCopy();
        row.withObject("/properties").putObject("image").put("type", "string");
        row.withArray("required").add("image");
        ((ObjectNode) each.getValue()).set("items", row);
        list = true;
      }
    }
    schema.withObject("/properties").set("coverage", resource("defs").path("coverageOfImages"));
    schema.put("$id", schema.path("$id").asText() + ":images");
    return list ? Optional.of(complete(schema)) : Optional.empty();
  }

  /**
   * The schema of a row of answers, complete in itself: "machine", "process", "mapping", "run",
   * "module", "finding", "hit".
   *
   * @throws IllegalArgumentException when answers share no such thing
   */
  public static ObjectNode definition(String name) {
    JsonNode described = resource("defs").path(name);
    if (!described.isObject()) {
      throw new IllegalArgumentException("answers share no '%s'".formatted(name));
    }
    ObjectNode schema = described.deepCopy();
    schema.put("$schema", DIALECT);
    return complete(schema);
  }

  /** Adds the definitions that a schema refers to. */
  private static ObjectNode complete(ObjectNode schema) {
    JsonNode all = resource("defs");
    Set<String> used = new HashSet<>();
    collect(schema, all, used);
    if (!used.isEmpty()) {
      ObjectNode definitions = schema.putObject(DEFINITIONS);
      for (Map.Entry<String, JsonNode> each : all.properties()) {
        if (used.contains(each.getKey())) {
          definitions.set(each.getKey(), each.getValue());
        }
      }
    }
    return schema;
  }

  private static void collect(JsonNode node, JsonNode all, Collection<String> used) {
    String reference = node.path("$ref").asText("");
    if (reference.startsWith(REFERENCE)) {
      String name = reference.substring(REFERENCE.length());
      if (used.add(name)) {
        collect(all.path(name), all, used);
      }
    }
    node.forEach(each -> collect(each, all, used));
  }

  private static JsonNode resource(String name) {
    try (InputStream in =
        AnswerSchemas.class.getResourceAsStream("schema/%s.json".formatted(name))) {
      return Json.MAPPER.readTree(in);
    } catch (IOException e) {
      throw new UncheckedIOException("the program holds its schemas", e);
    }
  }
}
