package io.nestwalk.fleet;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nestwalk.fleet.table.Table;
import io.nestwalk.fleet.table.TableFile;
import java.io.IOException;
import java.util.EnumMap;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;

/**
 * The files that one task writes: for every table one, of rows of one image. They are put in their
 * places together, in the order of the tables.
 */
final class TableSet implements AutoCloseable {

  private final FleetSettings settings;
  private final ImageFile image;
  private final int part;
  private final Configuration configuration;
  private final Map<Table, TableFile> files = new EnumMap<>(Table.class);

  /**
   * Begins no file yet.
   *
   * @param part the number of the task among those of the image, from 0
   */
  TableSet(FleetSettings settings, ImageFile image, int part, Configuration configuration) {
    this.settings = settings;
    this.image = image;
    this.part = part;
    this.configuration = configuration;
  }

  /** Where a part of an image's rows stands. */
  static Path place(FleetSettings settings, ImageFile image, Table table, int part) {
    return new Path(
        settings.out(),
        "%s/case=%s/image=%s/part-%05d.parquet"
            .formatted(table.folder(), settings.caseName(), image.id(), part));
  }

  /** Begins a file, so that it is there even when it gets no row. */
  TableFile file(Table table) throws IOException {
    TableFile known = files.get(table);
    if (known == null) {
      known =
          new TableFile(
              settings.unfinished(), place(settings, image, table, part), table, configuration);
      files.put(table, known);
    }
    return known;
  }

  /** Adds a row. */
  void add(Table table, ObjectNode row) throws IOException {
    file(table).add(row);
  }

  /** Puts all files in their places. */
  void commit() throws IOException {
    for (TableFile file : files.values()) {
      file.commit();
    }
  }

  @Override
  public void close() throws IOException {
    for (TableFile file : files.values()) {
      file.close();
    }
  }
}
