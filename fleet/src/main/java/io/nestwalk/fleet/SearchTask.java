package io.nestwalk.fleet;

import io.nestwalk.session.Case;
import io.nestwalk.survey.SurveyStore;
import java.io.Serializable;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.api.java.function.Function;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.util.SerializableConfiguration;

/** Finds the machines of a large image once it is surveyed, and what is known of them as wholes. */
final class SearchTask implements Function<LargeImage, SearchTask.Searched> {

  /** The number of the files that this task writes; units of work have those above. */
  static final int PART = 0;

  /**
   * What was found.
   *
   * @param outcome whether it could be read
   * @param row the row of the table of images as far as it is known now, as JSON
   * @param units how many units of work there are in it
   * @param bytesRead how much of the image was fetched, 0 of a local file
   */
  record Searched(Outcome outcome, String row, int units, long bytesRead) implements Serializable {}

  private final FleetSettings settings;
  private final Broadcast<SerializableConfiguration> configuration;

  SearchTask(FleetSettings settings, Broadcast<SerializableConfiguration> configuration) {
    this.settings = settings;
    this.configuration = configuration;
  }

  @Override
  public Searched call(LargeImage large) throws Exception {
    Configuration files = configuration.value().value();
    ImageFile image = large.image();
    AtomicReference<Searched> done = new AtomicReference<>();
    Outcome outcome =
        Attempt.of(
            image,
            settings,
            () -> {
              SurveyStore surveys = large.surveys();
              try (OpenedImage<Case> opened = OpenedImage.asCase(image, surveys, files);
                  TableSet tables = new TableSet(settings, image, PART, files)) {
                ImageContents contents = new ImageContents(opened.get());
                try (IndexPart index =
                    IndexPart.begin(settings, image, "wholes", contents.machines())) {
                  contents.addWholes(tables, index);
                  index.complete(contents.said());
                }
                contents.addHits(settings, tables);
                boolean rulesTried = contents.addRuleHits(settings, image, tables);
                Attempt.requireWanted();
                tables.commit();
                String row =
                    new ImageRow(settings, image, files)
                        .done(
                            opened.get(),
                            contents.coverage(),
                            opened.bytesRead(),
                            large.pieces(),
                            rulesTried)
                        .toString();
                done.set(
                    new Searched(
                        Outcome.done(image),
                        row,
                        contents.units(),
                        large.bytesRead() + opened.bytesRead().orElse(0)));
              }
            });
    return outcome.reason().isPresent() ? new Searched(outcome, "", 0, 0) : done.get();
  }
}
