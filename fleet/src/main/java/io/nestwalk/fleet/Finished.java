package io.nestwalk.fleet;

import io.nestwalk.fleet.table.Table;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.hadoop.ParquetReader;
import org.apache.parquet.hadoop.example.GroupReadSupport;

/**
 * Which images earlier runs have finished: those that have a row in the table of images, and were
 * looked through for the same patterns, as far.
 */
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
    try {
      if (!isKnown(image)) {
        return false;
      }
      Group found = read(row(image));
      if (found == null) {
        return false;
      }
      return "failed".equals(found.getString("status", 0))
          ? !retryFailed
          : patterns(found).equals(settings.patterns())
              && text(found, "index").equals(settings.into())
              && text(found, "rules").equals(settings.rules().digest())
              && (!settings.isLooking() || limit(found) == settings.mostHits());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Whether an earlier run has come to an end with an image, well or not. */
  boolean isKnown(ImageFile image) throws IOException {
    Path row = row(image);
    return row.getFileSystem(configuration).exists(row);
  }

  private Path row(ImageFile image) {
    return TableSet.place(settings, image, Table.IMAGES, 0);
  }

  /** A column's text; empty when there is none. Tables of an earlier version lack columns. */
  private static String text(Group row, String column) {
    return row.getType().containsField(column) && row.getFieldRepetitionCount(column) > 0
        ? row.getString(column, 0)
        : "";
  }

  /** How many hits were kept at most; 0 when that is not known. */
  private static long limit(Group row) {
    return row.getType().containsField("limit") && row.getFieldRepetitionCount("limit") > 0
        ? row.getLong("limit", 0)
        : 0;
  }

  private static List<String> patterns(Group row) {
    List<String> patterns = new ArrayList<>();
    if (row.getFieldRepetitionCount("patterns") > 0) {
      Group list = row.getGroup("patterns", 0);
      for (int i = 0; i < list.getFieldRepetitionCount(0); i++) {
        patterns.add(list.getGroup(0, i).getString(0, 0));
      }
    }
    return patterns;
  }

  private Group read(Path row) throws IOException {
    try (ParquetReader<Group> reader =
        ParquetReader.builder(new GroupReadSupport(), row).withConf(configuration).build()) {
      return reader.read();
    }
  }
}
