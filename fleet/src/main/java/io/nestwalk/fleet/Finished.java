package io.nestwalk.fleet;

import io.nestwalk.fleet.table.Table;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.hadoop.ParquetReader;
import org.apache.parquet.hadoop.example.GroupReadSupport;

/** Which images earlier runs have finished: those that have a row in the table of images. */
final class Finished {

  private final FleetSettings settings;
  private final Configuration configuration;

  Finished(FleetSettings settings, Configuration configuration) {
    this.settings = settings;
    this.configuration = configuration;
  }

  /**
   * Whether nothing is left to do for an image.
   *
   * @param retryFailed whether one that could not be read is to be tried again
   */
  boolean has(ImageFile image, boolean retryFailed) {
    Path row = TableSet.place(settings, image, Table.IMAGES, 0);
    try {
      if (!row.getFileSystem(configuration).exists(row)) {
        return false;
      }
      return !retryFailed || !"failed".equals(status(row));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private String status(Path row) throws IOException {
    try (ParquetReader<Group> reader =
        ParquetReader.builder(new GroupReadSupport(), row).withConf(configuration).build()) {
      Group group = reader.read();
      return group == null ? "failed" : group.getString("status", 0);
    }
  }
}
