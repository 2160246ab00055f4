package io.nestwalk.fleet;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nestwalk.answer.Json;
import io.nestwalk.fleet.SearchTask.Searched;
import io.nestwalk.fleet.SurveyTask.Surveyed;
import io.nestwalk.fleet.UnitTask.Share;
import io.nestwalk.fleet.UnitTask.Written;
import io.nestwalk.survey.SurveyRecord;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.util.SerializableConfiguration;

/** The stages of a job, as the driver sees them. */
final class Fleet {

  /** So many units (a process, mostly) make a task worth its start. */
  private static final int UNITS_OF_A_TASK = 64;

  private static final int MOST_SHARES = 256;

  private final JavaSparkContext spark;
  private final FleetSettings settings;
  private final long pieceBytes;
  private final Broadcast<SerializableConfiguration> configuration;

  /**
   * Sets up.
   *
   * @param pieceBytes images of more are surveyed in pieces of that size
   */
  Fleet(JavaSparkContext spark, FleetSettings settings, long pieceBytes) {
    this.spark = spark;
    this.settings = settings;
    this.pieceBytes = pieceBytes;
    configuration = spark.broadcast(new SerializableConfiguration(spark.hadoopConfiguration()));
  }

  /** Analyzes images and tells what became of each. */
  List<Outcome> analyze(List<ImageFile> images) throws IOException {
    Map<Boolean, List<ImageFile>> bySize =
        images.stream().collect(Collectors.partitioningBy(image -> image.bytes() > pieceBytes));
    List<Outcome> outcomes = new ArrayList<>();
    List<ImageFile> small = bySize.get(false);
    if (!small.isEmpty()) {
      for (Outcome each :
          spark
              .parallelize(small, small.size())
              .map(new ImageTask(settings, configuration))
              .collect()) {
        if (each.reason().isEmpty()) {
          outcomes.add(each);
        }
        failed(each, outcomes);
      }
    }
    outcomes.addAll(analyzeLarge(bySize.get(true)));
    return outcomes;
  }

  private List<Outcome> analyzeLarge(List<ImageFile> images) throws IOException {
    List<Outcome> outcomes = new ArrayList<>();
    if (images.isEmpty()) {
      return outcomes;
    }
    List<Piece> pieces = new ArrayList<>();
    List<LargeImage> opened = new ArrayList<>();
    for (CutTask.Cut cut :
        spark
            .parallelize(images, images.size())
            .map(new CutTask(settings, pieceBytes, configuration))
            .collect()) {
      failed(cut.outcome(), outcomes);
      pieces.addAll(cut.pieces());
      if (cut.outcome().reason().isEmpty() && cut.pieces().isEmpty()) {
        opened.add(new LargeImage(cut.outcome().image(), 1, 0, null)); // nothing to survey
      }
    }
    opened.addAll(survey(pieces, outcomes));
    if (!opened.isEmpty()) {
      search(opened, outcomes);
    }
    return outcomes;
  }

  /** Surveys all pieces of all images, and joins what is found. */
  private List<LargeImage> survey(List<Piece> pieces, List<Outcome> outcomes) throws IOException {
    if (pieces.isEmpty()) {
      return List.of();
    }
    Map<ImageFile, List<Surveyed>> byImage =
        spark
            .parallelize(pieces, pieces.size())
            .map(new SurveyTask(settings, configuration))
            .collect()
            .stream()
            .collect(Collectors.groupingBy(each -> each.outcome().image()));
    List<LargeImage> images = new ArrayList<>();
    for (Map.Entry<ImageFile, List<Surveyed>> each : byImage.entrySet()) {
      Optional<Outcome> failure =
          each.getValue().stream()
              .map(Surveyed::outcome)
              .filter(outcome -> outcome.reason().isPresent())
              .findFirst();
      if (failure.isPresent()) {
        failed(failure.get(), outcomes);
      } else {
        images.add(
            new LargeImage(
                each.getKey(),
                each.getValue().size(),
                each.getValue().stream().mapToLong(Surveyed::bytesRead).sum(),
                joined(each.getValue())));
      }
    }
    return images;
  }

  private Broadcast<SurveyRecord> joined(List<Surveyed> pieces) {
    List<SurveyRecord> records =
        pieces.stream().map(Surveyed::record).flatMap(Optional::stream).toList();
    return records.size() == pieces.size() ? spark.broadcast(SurveyRecord.merged(records)) : null;
  }

  /** Searches all images, then has their units of work written. */
  private void search(List<LargeImage> images, List<Outcome> outcomes) throws IOException {
    List<Searched> searched =
        spark
            .parallelize(images, images.size())
            .map(new SearchTask(settings, configuration))
            .collect();
    List<Share> shares = new ArrayList<>();
    Map<ImageFile, Searched> found =
        searched.stream().collect(Collectors.toMap(each -> each.outcome().image(), each -> each));
    for (LargeImage image : images) {
      Searched each = found.get(image.image());
      failed(each.outcome(), outcomes);
      int count = Math.min(MOST_SHARES, (each.units() + UNITS_OF_A_TASK - 1) / UNITS_OF_A_TASK);
      for (int i = 0; i < count; i++) {
        shares.add(new Share(image, i, count));
      }
    }
    if (shares.isEmpty()) {
      return;
    }
    Map<ImageFile, List<Written>> written =
        spark
            .parallelize(shares, shares.size())
            .map(new UnitTask(settings, configuration))
            .collect()
            .stream()
            .collect(Collectors.groupingBy(each -> each.outcome().image()));
    for (Map.Entry<ImageFile, List<Written>> each : written.entrySet()) {
      finish(found.get(each.getKey()), each.getValue(), outcomes);
    }
  }

  /** Writes the row of an image whose units were all tried. */
  private void finish(Searched searched, List<Written> written, List<Outcome> outcomes)
      throws IOException {
    ImageFile image = searched.outcome().image();
    Optional<Outcome> failure =
        written.stream()
            .map(Written::outcome)
            .filter(outcome -> outcome.reason().isPresent())
            .findFirst();
    if (failure.isPresent()) {
      failed(failure.get(), outcomes);
      return;
    }
    ObjectNode row = (ObjectNode) Json.MAPPER.readTree(searched.row());
    ArrayNode warnings = row.withObject("/coverage").withArray("warnings");
    written.stream().flatMap(each -> each.warnings().stream()).distinct().forEach(warnings::add);
    if (row.has("bytesRead")) {
      row.put(
          "bytesRead", searched.bytesRead() + written.stream().mapToLong(Written::bytesRead).sum());
    }
    IndexPart.finish(settings, image);
    row(image).write(row);
    outcomes.add(Outcome.done(image));
  }

  private void failed(Outcome outcome, List<Outcome> outcomes) throws IOException {
    if (outcome.reason().isPresent()) {
      row(outcome.image()).writeFailed(outcome.reason().get());
      outcomes.add(outcome);
    }
  }

  private ImageRow row(ImageFile image) {
    Configuration files = spark.hadoopConfiguration();
    return new ImageRow(settings, image, files);
  }
}
