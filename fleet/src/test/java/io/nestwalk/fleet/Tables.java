package io.nestwalk.fleet;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nestwalk.fleet.table.Table;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.apache.spark.sql.SparkSession;

/** A fleet's tables as Spark SQL reads them. */
final class Tables {

  private static final ObjectMapper JSON = new ObjectMapper();

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
      rows.add(JSON.readTree(line));
    }
    return rows;
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
