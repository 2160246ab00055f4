package io.nestwalk.answer;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectWriter;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/**
 * Reads and writes all JSON here. Text comes out exactly: control characters as JSON escapes, and a
 * byte that is no text as {@code \\udc80} to {@code \\udcff} (see {@link
 * io.nestwalk.system.GuestText}), which Python reads back with {@code .encode("utf-8",
 * "surrogateescape")}.
 */
public final class Json {

  /** For trees; it knows no classes of ours. */
  public static final ObjectMapper MAPPER = new ObjectMapper();

  private static final ObjectWriter PRETTY = MAPPER.writerWithDefaultPrettyPrinter();
  private static final ObjectWriter LINE = MAPPER.writer();

  private Json() {}

  /** A new object. */
  public static ObjectNode object() {
    return MAPPER.createObjectNode();
  }

  /** On one line. */
  public static String line(JsonNode node) {
    return text(node, LINE);
  }

  /** Over several lines, indented. */
  public static String pretty(JsonNode node) {
    return text(node, PRETTY);
  }

  /** By way of bytes: only then is every surrogate written as an escape. */
  private static String text(JsonNode node, ObjectWriter writer) {
    try {
      return new String(writer.writeValueAsBytes(node), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException("a JSON tree can always be written", e);
    }
  }
}
