package io.nestwalk.index;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nestwalk.answer.Json;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * What an analysis is of. Two that are the same have the same answers: what is there of one is good
 * for the other; what is there of any other is not.
 *
 * @param image which image
 * @param settings how it is opened
 * @param version of the program
 * @param confirmed the same image as it was known before it was copied, where every byte of it was
 *     compared since
 */
public record AnalysisWork(
    ImageIdentity image, ObjectNode settings, String version, Optional<ImageIdentity> confirmed) {

  private static final String IMAGE = "image";
  private static final String SETTINGS = "settings";

  /** Work on an image of which nothing was known before. */
  public AnalysisWork(ImageIdentity image, ObjectNode settings, String version) {
    this(image, settings, version, Optional.empty());
  }

  /** The keys of a manifest that say it. */
  ObjectNode manifest() {
    ObjectNode node = Json.object();
    node.put("tool", "nestwalk");
    node.put("version", version);
    node.put("schema", IndexStore.SCHEMA_VERSION);
    image.write(node.putObject(IMAGE));
    node.set(SETTINGS, settings);
    return node;
  }

  /** Whether a manifest that was found is of the same, wherever the image lay then. */
  boolean is(JsonNode found) {
    return difference(found).isEmpty();
  }

  /** What a manifest that was found is of instead, to say why it can't be used. */
  Optional<String> difference(JsonNode found) {
    ImageIdentity then = ImageIdentity.read(found.path(IMAGE));
    if (!image.isSame(then) && confirmed.filter(same -> same.isSame(then)).isEmpty()) {
      boolean undecided = image.isAlike(then) && AnalysisFolder.sha256(found).isEmpty();
      return Optional.of(
          "of another image, or of this one before it was written to"
              + (undecided
                  ? "; no digest was made that would tell whether it was only copied"
                  : ""));
    }
    JsonNode own = manifest();
    if (differs(own, found, SETTINGS)) {
      return Optional.of("of an image that was opened with other options");
    }
    return differs(own, found, "tool")
            || differs(own, found, "version")
            || differs(own, found, "schema")
        ? Optional.of("made by another version of this program")
        : Optional.empty();
  }

  /** Compared by text: a number that was read back may have another type. */
  private static boolean differs(JsonNode own, JsonNode found, String key) {
    return !own.path(key).toString().equals(found.path(key).toString());
  }

  /**
   * A manifest's keys are to say where the image lies now.
   *
   * @return whether that is anything new
   */
  boolean place(ObjectNode manifest) {
    if (ImageIdentity.read(manifest.path(IMAGE)).equals(image)) {
      return false;
    }
    image.write(manifest.putObject(IMAGE));
    return true;
  }

  /** What tells it from all other: a SHA-256 in hexadecimal. */
  public String digest() {
    return ImageIdentity.sha256(manifest().toString().getBytes(StandardCharsets.UTF_8));
  }
}
