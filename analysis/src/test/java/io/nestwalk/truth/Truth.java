package io.nestwalk.truth;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * What is true of a real image or of one machine in it, read inside the machine when the image was
 * made: a JSON object whose members are asked for by name.
 */
public record Truth(Map<String, Object> values) {

  private static final ObjectMapper MAPPER =
      new ObjectMapper().enable(DeserializationFeature.USE_LONG_FOR_INTS);

  /** The truth that a file holds. */
  @SuppressWarnings("unchecked")
  public static Truth read(Path file) {
    try {
      return new Truth(MAPPER.readValue(file.toFile(), Map.class));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A member that is an object. */
  @SuppressWarnings("unchecked")
  public static Truth of(Object map) {
    return new Truth((Map<String, Object>) map);
  }

  /** Whether there is such a member. */
  public boolean has(String key) {
    return values.get(key) != null;
  }

  /** A member that is an object. */
  public Truth child(String key) {
    return of(values.get(key));
  }

  /** The objects of a list; empty when it is not there. */
  public List<Truth> children(String key) {
    return list(key).stream().map(Truth::of).toList();
  }

  /** A list; empty when it is not there. */
  public List<?> list(String key) {
    return (List<?>) values.getOrDefault(key, List.of());
  }

  /** A string. */
  public String text(String key) {
    return (String) values.get(key);
  }

  /** A number, or a string in hexadecimal. */
  public long number(String key) {
    return number(values.get(key));
  }

  /** Whether a member is there and true. */
  public boolean flag(String key) {
    return Boolean.TRUE.equals(values.get(key));
  }

  /** A number, or a string in hexadecimal. */
  public static long number(Object value) {
    return value instanceof String text
        ? Long.parseUnsignedLong(text.substring(2), 16)
        : (Long) value;
  }
}
