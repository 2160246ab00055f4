package io.nestwalk.index;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nestwalk.answer.Json;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A complete part of an index.
 *
 * @param name the part's name
 * @param runs the name of the file with its runs of pages, empty where it has none
 * @param warnings what is to be said of it
 */
record IndexPart(String name, Optional<String> runs, List<String> warnings) {

  private static final Pattern FILE = Pattern.compile("runs_(\\d{1,9})\\.bin");

  IndexPart {
    warnings = List.copyOf(warnings);
  }

  /** The name of the file of runs that has this number. */
  static String file(int number) {
    return "runs_%d.bin".formatted(number);
  }

  /** The number in the name of a file of runs. */
  static int number(String file) {
    Matcher name = FILE.matcher(file);
    if (!name.matches()) {
      throw new IllegalArgumentException("no name of a file of runs: " + file);
    }
    return Integer.parseInt(name.group(1));
  }

  /** Parts as text, for the data of a commit. */
  static String text(Iterable<IndexPart> parts) {
    ArrayNode array = Json.MAPPER.createArrayNode();
    for (IndexPart part : parts) {
      ObjectNode node = array.addObject();
      node.put("name", part.name);
      part.runs.ifPresent(file -> node.put("runs", file));
      ArrayNode said = node.putArray("warnings");
      part.warnings.forEach(said::add);
    }
    return array.toString();
  }

  /**
   * Parts of such a text.
   *
   * @throws IOException when it is none
   */
  static List<IndexPart> parts(String text) throws IOException {
    List<IndexPart> parts = new ArrayList<>();
    for (JsonNode node : Json.MAPPER.readTree(text)) {
      List<String> said = new ArrayList<>();
      node.path("warnings").forEach(warning -> said.add(warning.asText()));
      Optional<String> file = Optional.ofNullable(node.path("runs").textValue());
      if (file.isPresent() && !FILE.matcher(file.get()).matches()) {
        throw new IOException("a part with a file of a name that no such file has");
      }
      parts.add(new IndexPart(node.path("name").asText(), file, said));
    }
    return parts;
  }
}
