package io.nestwalk.fleet.table;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.Map;
import java.util.UUID;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.SimpleGroup;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.example.ExampleParquetWriter;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.hadoop.util.HadoopOutputFile;
import org.apache.parquet.io.api.Binary;
import org.apache.parquet.schema.MessageType;

/**
 * A file of a table while it is written. It stands under its name when {@link #commit} returns,
 * whole or not at all; a file that is there already, from a task that ran twice, is replaced by the
 * same rows.
 */
public final class TableFile implements AutoCloseable {

  /** The version of the tables' columns, in every file's metadata. */
  public static final int VERSION = 1;

  private static final String VERSION_KEY = "nestwalk.fleet.version";

  private final FileSystem files;
  private final Path unfinished;
  private final Path place;
  private final Column.Parts columns;
  private final MessageType schema;
  private final ParquetWriter<Group> writer;
  private long rows;
  private boolean closed;

  /**
   * Begins a file.
   *
   * @param unfinished a folder for files that are not whole
   * @param place where the file is to stand
   * @param table whose rows it holds
   */
  public TableFile(Path unfinished, Path place, Table table, Configuration configuration)
      throws IOException {
    this.place = place;
    files = place.getFileSystem(configuration);
    this.unfinished = new Path(unfinished, UUID.randomUUID() + ".parquet");
    columns = table.columns();
    schema = table.fileSchema();
    writer =
        ExampleParquetWriter.builder(HadoopOutputFile.fromPath(this.unfinished, configuration))
            .withType(schema)
            .withConf(configuration)
            .withCompressionCodec(CompressionCodecName.ZSTD)
            .withExtraMetaData(Map.of(VERSION_KEY, Integer.toString(VERSION)))
            .build();
  }

  /**
   * Adds a row.
   *
   * @throws IllegalArgumentException when it has a key that the table's schema does not list
   */
  public void add(ObjectNode row) throws IOException {
    SimpleGroup group = new SimpleGroup(schema);
    fill(group, columns, row);
    writer.write(group);
    rows++;
  }

  /** How many rows were added. */
  public long rows() {
    return rows;
  }

  /** Puts the file under its name. */
  public void commit() throws IOException {
    closed = true;
    writer.close();
    files.mkdirs(place.getParent());
    if (!files.rename(unfinished, place)) {
      files.delete(place, false);
      if (!files.rename(unfinished, place)) {
        throw new IOException(place + ": can't be put in its place");
      }
    }
  }

  /** Takes an unfinished file away. */
  @Override
  public void close() throws IOException {
    if (!closed) {
      closed = true;
      try {
        writer.close();
      } finally {
        files.delete(unfinished, false);
      }
    }
  }

  private static void fill(Group group, Column.Parts columns, JsonNode row) {
    for (Map.Entry<String, JsonNode> each : row.properties()) {
      Column column = columns.columns().get(each.getKey());
      if (column == null) {
        throw new IllegalArgumentException(
            "the schema of %s does not list '%s'"
                .formatted(group.getType().getName(), each.getKey()));
      }
      if (!each.getValue().isNull()) {
        put(group, each.getKey(), column, each.getValue());
      }
    }
  }

  private static void put(Group group, String name, Column column, JsonNode value) {
    switch (column) {
      case Column.Whole _ -> group.add(name, value.longValue());
      case Column.Real _ -> group.add(name, value.doubleValue());
      case Column.Truth _ -> group.add(name, value.booleanValue());
      case Column.Text _ -> group.add(name, binary(LosslessText.stored(value.asText())));
      case Column.Free _ -> group.add(name, binary(value.toString()));
      case Column.Several several -> {
        Group list = group.addGroup(name);
        for (JsonNode item : value) {
          put(list.addGroup("list"), "element", several.item(), item);
        }
      }
      case Column.Named named -> {
        Group map = group.addGroup(name);
        for (Map.Entry<String, JsonNode> each : value.properties()) {
          Group entry = map.addGroup("key_value");
          entry.add("key", binary(LosslessText.stored(each.getKey())));
          put(entry, "value", named.value(), each.getValue());
        }
      }
      case Column.Parts parts -> fill(group.addGroup(name), parts, value);
    }
  }

  private static Binary binary(String text) {
    return Binary.fromString(text);
  }
}
