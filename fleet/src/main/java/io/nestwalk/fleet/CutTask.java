package io.nestwalk.fleet;

import io.nestwalk.image.MemoryImage;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.api.java.function.Function;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.util.SerializableConfiguration;

/** Finds out how a large image's survey is best cut. */
final class CutTask implements Function<ImageFile, CutTask.Cut> {

  /**
   * The pieces of an image.
   *
   * @param outcome whether it could be opened
   * @param pieces none when it could not, or holds no memory
   */
  record Cut(Outcome outcome, List<Piece> pieces) implements Serializable {}

  private final FleetSettings settings;
  private final long pieceBytes;
  private final Broadcast<SerializableConfiguration> configuration;

  /**
   * Sets up.
   *
   * @param pieceBytes how much of memory a piece is to hold
   */
  CutTask(
      FleetSettings settings, long pieceBytes, Broadcast<SerializableConfiguration> configuration) {
    this.settings = settings;
    this.pieceBytes = pieceBytes;
    this.configuration = configuration;
  }

  @Override
  public Cut call(ImageFile image) throws Exception {
    List<Piece> pieces = new ArrayList<>();
    Outcome outcome =
        Attempt.of(
            image,
            settings,
            () -> {
              try (OpenedImage<MemoryImage> opened =
                  OpenedImage.asMemory(image, configuration.value().value())) {
                pieces.addAll(Piece.of(image, opened.get().memory(), pieceBytes));
              }
            });
    return new Cut(outcome, pieces);
  }
}
