package io.nestwalk.fleet;

import io.nestwalk.session.Case;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.api.java.function.Function;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.util.SerializableConfiguration;

/** Writes the rows of some of a large image's units of work: a machine, a kernel, processes. */
final class UnitTask implements Function<UnitTask.Share, UnitTask.Written> {

  /**
   * Some of an image's units.
   *
   * @param large the image
   * @param share which share, from 0
   * @param shares how many there are
   */
  record Share(LargeImage large, int share, int shares) implements Serializable {}

  /**
   * What was written.
   *
   * @param outcome whether all of it was
   * @param warnings what is to be said of it
   * @param bytesRead how much of the image was fetched, 0 of a local file
   */
  record Written(Outcome outcome, List<String> warnings, long bytesRead) implements Serializable {}

  private final FleetSettings settings;
  private final Broadcast<SerializableConfiguration> configuration;

  UnitTask(FleetSettings settings, Broadcast<SerializableConfiguration> configuration) {
    this.settings = settings;
    this.configuration = configuration;
  }

  @Override
  public Written call(Share share) throws Exception {
    Configuration files = configuration.value().value();
    ImageFile image = share.large().image();
    List<String> warnings = new ArrayList<>();
    long[] bytesRead = new long[1];
    Outcome outcome =
        Attempt.of(
            image,
            settings,
            () -> {
              int part = SearchTask.PART + 1 + share.share();
              try (OpenedImage<Case> opened =
                      OpenedImage.asCase(image, share.large().surveys(), files);
                  TableSet tables = new TableSet(settings, image, part, files)) {
                ImageContents contents = new ImageContents(opened.get());
                String name = "units/%d-of-%d".formatted(share.share() + 1, share.shares());
                try (IndexPart index =
                    IndexPart.begin(settings, image, name, contents.machines())) {
                  contents.addUnits(share.share(), share.shares(), tables, index);
                  index.complete(contents.warnings());
                }
                Attempt.requireWanted();
                tables.commit();
                warnings.addAll(contents.warnings());
                bytesRead[0] = opened.bytesRead().orElse(0);
              }
            });
    return new Written(outcome, warnings, bytesRead[0]);
  }
}
