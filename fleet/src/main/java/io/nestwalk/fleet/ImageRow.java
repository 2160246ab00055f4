package io.nestwalk.fleet;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nestwalk.answer.Json;
import io.nestwalk.fleet.table.Table;
import io.nestwalk.session.Case;
import java.io.IOException;
import java.util.OptionalLong;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;

/** An image's row in the table of images. It is written last: an image that has one is finished. */
final class ImageRow {

  private final FleetSettings settings;
  private final ImageFile image;
  private final Configuration configuration;

  ImageRow(FleetSettings settings, ImageFile image, Configuration configuration) {
    this.settings = settings;
    this.image = image;
    this.configuration = configuration;
  }

  /**
   * The row of an image whose contents are in the tables.
   *
   * @param bytesRead how much of it was fetched; empty for a local file
   * @param pieces into how many its survey was cut
   * @param rulesTried whether the rules were tried
   */
  ObjectNode done(
      Case opened, ObjectNode coverage, OptionalLong bytesRead, int pieces, boolean rulesTried) {
    ObjectNode row = start("done");
    row.put("format", opened.image().format());
    if (!opened.image().file().container().isEmpty()) {
      row.put("container", opened.image().file().container());
    }
    row.put("machines", opened.machines().all().size());
    row.set("coverage", coverage);
    bytesRead.ifPresent(bytes -> row.put("bytesRead", bytes));
    row.put("pieces", pieces);
    if (rulesTried) {
      row.put("rules", settings.rules().digest());
    }
    return row;
  }

  /**
   * Writes the row of an image that could not be read to its end, and takes away what tasks have
   * written of it.
   *
   * @param reason why
   */
  void writeFailed(String reason) throws IOException {
    clear();
    write(start("failed").put("reason", reason));
  }

  /** Takes away what the tables hold of the image under this job's case. */
  void clear() throws IOException {
    for (Table table : Table.values()) {
      Path rows = TableSet.place(settings, image, table, 0).getParent();
      rows.getFileSystem(configuration).delete(rows, true);
    }
    IndexPart.clear(settings, image);
  }

  private ObjectNode start(String status) {
    ObjectNode row = Json.object();
    row.put("uri", image.uri());
    row.put("bytes", image.bytes());
    row.put("modified", image.modified().toString());
    row.put("status", status);
    if (!settings.patterns().isEmpty()) {
      ArrayNode patterns = row.putArray("patterns");
      settings.patterns().forEach(patterns::add);
    }
    if (settings.isLooking()) {
      row.put("limit", settings.mostHits());
    }
    if (!settings.into().isEmpty()) {
      row.put("index", settings.into());
    }
    String version = ImageRow.class.getPackage().getImplementationVersion();
    if (version != null) {
      row.put("version", version);
    }
    return row;
  }

  /** Writes a row. */
  void write(ObjectNode row) throws IOException {
    try (TableSet tables = new TableSet(settings, image, 0, configuration)) {
      tables.add(Table.IMAGES, row);
      tables.commit();
    }
  }
}
