package io.nestwalk.index;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nestwalk.answer.Json;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * What an analysis is of. Two that are the same have the same answers: what is there of one is good
 * for the other; what is there of any other is not.
 *
 * @param image which image
 * @param settings how it is opened
 * @param version of the program
 */
public record AnalysisWork(ImageIdentity image, ObjectNode settings, String version) {

  private static final List<String> KEYS =
      List.of("tool", "version", "schema", "image", "settings");

  /** The keys of a manifest that say it. */
  ObjectNode manifest() {
    ObjectNode node = Json.object();
    node.put("tool", "nestwalk");
    node.put("version", version);
    node.put("schema", IndexStore.SCHEMA_VERSION);
    image.write(node.putObject("image"));
    node.set("settings", settings);
    return node;
  }

  /** Whether a manifest that was found is of the same. */
  boolean is(JsonNode found) {
    JsonNode own = manifest();
    // By text: a number that was read back may have another type.
    return KEYS.stream()
        .allMatch(key -> own.path(key).toString().equals(found.path(key).toString()));
  }

  /** What tells it from all other: a SHA-256 in hexadecimal. */
  public String digest() {
    return ImageIdentity.sha256(manifest().toString().getBytes(StandardCharsets.UTF_8));
  }
}
