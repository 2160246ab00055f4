package io.nestwalk.fleet;

import io.nestwalk.session.Case;
import io.nestwalk.survey.SurveyStore;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.api.java.function.Function;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.util.SerializableConfiguration;

/** Everything that there is to do for a small image. */
final class ImageTask implements Function<ImageFile, Outcome> {

  private final FleetSettings settings;
  private final Broadcast<SerializableConfiguration> configuration;

  ImageTask(FleetSettings settings, Broadcast<SerializableConfiguration> configuration) {
    this.settings = settings;
    this.configuration = configuration;
  }

  @Override
  public Outcome call(ImageFile image) throws Exception {
    Configuration files = configuration.value().value();
    ImageRow row = new ImageRow(settings, image, files);
    // The row of a failed image is the driver's to write: another try of this task may be at work.
    return Attempt.of(
        image,
        settings,
        () -> {
          try (OpenedImage<Case> opened = OpenedImage.asCase(image, SurveyStore.NONE, files);
              TableSet tables = new TableSet(settings, image, 0, files)) {
            ImageContents contents = new ImageContents(opened.get());
            try (IndexPart index = IndexPart.begin(settings, image, "image", contents.machines())) {
              contents.addUnits(0, 1, tables, index);
              contents.addWholes(tables, index);
              index.complete(contents.said());
            }
            contents.addHits(settings, tables);
            boolean rulesTried = contents.addRuleHits(settings, image, tables);
            Attempt.requireWanted();
            IndexPart.finish(settings, image);
            tables.commit();
            row.write(
                row.done(opened.get(), contents.coverage(), opened.bytesRead(), 1, rulesTried));
          }
        });
  }
}
