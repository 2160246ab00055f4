package io.nestwalk.fleet;

import io.nestwalk.image.MemoryImage;
import io.nestwalk.image.Progress;
import io.nestwalk.search.MachineFinder;
import io.nestwalk.survey.SurveyRecord;
import java.io.Serializable;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.spark.api.java.function.Function;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.util.SerializableConfiguration;

/** Looks at one piece of a large image. */
final class SurveyTask implements Function<Piece, SurveyTask.Surveyed> {

  /**
   * What was found in a piece.
   *
   * @param outcome whether it could be read
   * @param found the record; null where there is none
   * @param bytesRead how much of the image was fetched, 0 of a local file
   */
  record Surveyed(Outcome outcome, SurveyRecord found, long bytesRead) implements Serializable {

    Optional<SurveyRecord> record() {
      return Optional.ofNullable(found);
    }
  }

  private final FleetSettings settings;
  private final Broadcast<SerializableConfiguration> configuration;

  SurveyTask(FleetSettings settings, Broadcast<SerializableConfiguration> configuration) {
    this.settings = settings;
    this.configuration = configuration;
  }

  @Override
  public Surveyed call(Piece piece) throws Exception {
    AtomicReference<Surveyed> done = new AtomicReference<>();
    Outcome outcome =
        Attempt.of(
            piece.image(),
            settings,
            () -> {
              try (OpenedImage<MemoryImage> opened =
                  OpenedImage.asMemory(piece.image(), configuration.value().value())) {
                Optional<SurveyRecord> record =
                    MachineFinder.survey(opened.get(), piece.range(), 1, Progress.NONE).record();
                done.set(
                    new Surveyed(
                        Outcome.done(piece.image()),
                        record.orElse(null),
                        opened.bytesRead().orElse(0)));
              }
            });
    return outcome.reason().isPresent() ? new Surveyed(outcome, null, 0) : done.get();
  }
}
