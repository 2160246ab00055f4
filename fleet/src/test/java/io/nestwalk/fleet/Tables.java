package io.nestwalk.fleet;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nestwalk.fleet.table.Table;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.spark.sql.SparkSession;

/** A fleet's tables as Spark SQL reads them. */
final class Tables {

  private static final ObjectMapper JSON = new ObjectMapper();

  /** What is shown a row. */
  interface Visitor {
    void row(JsonNode row);
  }

  private final Path out;

  Tables(Path out) {
    this.out = out;
  }

  /** The rows of a table that belong to the image at {@code uri}; all rows when that is empty. */
  List<JsonNode> rows(Table table, String uri) throws Exception {
    String query =
        uri.isEmpty()
            ? "select * from " + table.folder()
            : "select t.* from %s t join (select image, uri from images) i on t.image = i.image where i.uri = '%s'"
                .formatted(table.folder(), uri);
    List<JsonNode> rows = ask(query);
    rows.forEach(row -> ((ObjectNode) row).remove(List.of("case", "image")));
    return rows;
  }

  /** Shows every row of a table, with its case and image; none when the table is not there. */
  void forEach(Table table, Visitor visitor) throws Exception {
    Path folder = out.resolve(table.folder());
    if (Files.isDirectory(folder)) {
      Iterator<String> rows =
          session().read().parquet(folder.toUri().toString()).toJSON().toLocalIterator();
      while (rows.hasNext()) {
        visitor.row(asAnswered(JSON.readTree(rows.next())));
      }
    }
  }

  /** The rows that an SQL statement over all tables gives. */
  List<JsonNode> ask(String query) throws Exception {
    SparkSession spark = session();
    for (Table each : Table.values()) {
      Path folder = out.resolve(each.folder());
      if (Files.isDirectory(folder)) {
        spark.read().parquet(folder.toUri().toString()).createOrReplaceTempView(each.folder());
      }
    }
    List<JsonNode> rows = new ArrayList<>();
    for (String line : spark.sql(query).toJSON().collectAsList()) {
      rows.add(asAnswered(JSON.readTree(line)));
    }
    return rows;
  }

  /** A row whose texts are as answers have them, see {@code LosslessText}. */
  private static JsonNode asAnswered(JsonNode row) throws IOException {
    if (row instanceof ObjectNode node) {
      for (Map.Entry<String, JsonNode> each : List.copyOf(node.properties())) {
        String text = each.getValue().asText();
        if (each.getValue().isTextual() && text.startsWith("\"")) {
          node.put(each.getKey(), JSON.readValue(text, String.class));
        }
      }
    }
    return row;
  }

  /** Rows in an order that does not depend on who wrote them, absent and empty values alike. */
  static List<String> ordered(List<JsonNode> rows) {
    return rows.stream().map(row -> plain(row).toString()).sorted().toList();
  }

  /** A row with its keys in order and free-form texts as what they say. */
  static Object plain(JsonNode node) {
    if (node.isObject()) {
      Map<String, Object> sorted = new TreeMap<>();
      node.properties().forEach(each -> sorted.put(each.getKey(), plain(each.getValue())));
      return sorted;
    }
    if (node.isArray()) {
      List<Object> items = new ArrayList<>();
      node.forEach(item -> items.add(plain(item)));
      return items;
    }
    if (node.isTextual() && (node.asText().startsWith("[") || node.asText().startsWith("{"))) {
      try {
        return plain(JSON.readTree(node.asText()));
      } catch (com.fasterxml.jackson.core.JsonProcessingException e) {
        return node.asText();
      }
    }
    return node.asText();
  }

  /** Everything that stands below the tables' folder, but for what is unfinished. */
  List<String> files() throws Exception {
    try (Stream<Path> all = Files.walk(out)) {
      return all.filter(Files::isRegularFile)
          .map(file -> out.relativize(file).toString())
          .filter(name -> name.endsWith(".parquet"))
          .sorted()
          .toList();
    }
  }

  /** Ends what questions are asked of: a job has a context of Spark's of its own. */
  static void endSession() {
    SparkSession.getActiveSession().foreach(Tables::ended);
    SparkSession.getDefaultSession().foreach(Tables::ended);
  }

  private static Object ended(SparkSession session) {
    session.stop();
    return session;
  }

  /** One for all questions until the next job. */
  private static SparkSession session() {
    return SparkSession.builder()
        .master("local[2]")
        .config("spark.ui.enabled", false)
        .config("spark.io.compression.codec", "zstd")
        .config("spark.sql.shuffle.partitions", 2)
        .config("spark.sql.session.timeZone", "UTC")
        .getOrCreate();
  }
}
