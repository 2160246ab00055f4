package io.nestwalk.image.json;

import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * An object of JSON text, with lookups that answer with something harmless where a member is
 * missing or of another kind.
 *
 * @param members by name; values are {@link JsonObject}, {@link List}, {@link String}, {@link
 *     Long}, {@link Boolean}, or null for JSON's null and for numbers that are not whole
 */
public record JsonObject(Map<String, Object> members) {

  /** Longer than any name. */
  private static final int MAX_SHOWN = 255;

  /** What could steer a terminal. */
  private static final Pattern CONTROL = Pattern.compile("[^ -~]");

  /** The member that is text, empty when it is none; fit to be shown to users. */
  public String text(String name) {
    if (!(members.get(name) instanceof String text)) {
      return "";
    }
    String shown = text.length() > MAX_SHOWN ? text.substring(0, MAX_SHOWN) : text;
    return CONTROL.matcher(shown).replaceAll("?");
  }

  /** The member that is a whole number, or {@code otherwise}. */
  public long number(String name, long otherwise) {
    return members.get(name) instanceof Long number ? number : otherwise;
  }

  /** The member that is an object, or null. */
  public JsonObject object(String name) {
    return members.get(name) instanceof JsonObject object ? object : null;
  }

  /** The objects in the member that is a list. */
  public List<JsonObject> objects(String name) {
    if (!(members.get(name) instanceof List<?> list)) {
      return List.of();
    }
    return list.stream().filter(JsonObject.class::isInstance).map(JsonObject.class::cast).toList();
  }
}
