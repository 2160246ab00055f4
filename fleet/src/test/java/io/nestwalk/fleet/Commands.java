package io.nestwalk.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nestwalk.cli.Nestwalk;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** What the commands print about an image, to hold tables against. */
final class Commands {

  private static final ObjectMapper JSON = new ObjectMapper();

  private Commands() {}

  /** The rows that a command prints as NDJSON; none when it exits with "not found". */
  static List<JsonNode> rows(String... arguments) throws Exception {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    List<String> all = new ArrayList<>(Arrays.asList(arguments));
    all.addAll(List.of("--format", "ndjson"));
    int code = Nestwalk.run(new PrintWriter(out), new PrintWriter(err), all.toArray(String[]::new));
    assertThat(code).as(err.toString()).isIn(0, 4);
    List<JsonNode> rows = new ArrayList<>();
    for (String line : out.toString().lines().toList()) {
      JsonNode row = JSON.readTree(line);
      if (!row.has("coverage")) {
        rows.add(asInTable((ObjectNode) row));
      }
    }
    return rows;
  }

  /** A row without what a search adds: of what kind it is, and where in it the address lies. */
  static ObjectNode asInTable(ObjectNode row) {
    row.remove("type");
    if (row.has("runStart")) {
      row.set("start", row.remove("runStart"));
      row.remove("address");
    }
    return row;
  }

  /** Indexes an image into a folder. */
  static void index(Path image, Path folder) {
    StringWriter err = new StringWriter();
    int code =
        Nestwalk.run(
            new PrintWriter(new StringWriter()),
            new PrintWriter(err),
            "index",
            image.toString(),
            "-o",
            folder.toString());
    assertThat(code).as(err.toString()).isZero();
  }
}
