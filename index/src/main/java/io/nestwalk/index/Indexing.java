package io.nestwalk.index;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nestwalk.answer.CoverageAnswer;
import io.nestwalk.answer.FindingAnswer;
import io.nestwalk.finding.Examination;
import io.nestwalk.finding.Finding;
import io.nestwalk.finding.FindingSearch;
import io.nestwalk.image.ImageException;
import io.nestwalk.image.ImageFile;
import io.nestwalk.image.MemoryImage;
import io.nestwalk.image.Progress;
import io.nestwalk.index.Entry.FindingEntry;
import io.nestwalk.machine.Machine;
import io.nestwalk.machine.Machines;
import io.nestwalk.memory.StoredRuns;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The stage that makes a folder's index, machine by machine. */
public final class Indexing {

  /** The part that holds what is to be said of an image as a whole. */
  private static final String WHOLE = "image";

  private Indexing() {}

  /**
   * Makes the index of an image. Machines that an interrupted run has completed are kept.
   *
   * @param folder where to; its index stage is complete afterwards
   * @throws ImageException when the image grew or was cut meanwhile
   */
  public static void run(
      AnalysisFolder folder, MemoryImage image, Machines machines, Progress progress)
      throws ImageException, IOException {
    long begin = System.nanoTime();
    List<String> said;
    try (IndexBuilder builder = new BesideBuilder(folder.buildIndex())) {
      said = fill(builder, image, machines, progress);
      builder.finish();
    }
    ObjectNode facts = folder.counts();
    facts.put("millis", Duration.ofNanos(System.nanoTime() - begin).toMillis());
    ObjectNode coverage = CoverageAnswer.of(image, Optional.of(machines), said);
    coverage.set("examined", FindingAnswer.examined(Examination.of(machines)));
    facts.set("coverage", coverage);
    folder.completed(AnalysisFolder.INDEX_STAGE, facts);
  }

  /**
   * Makes the index of an image in a store. Machines that an interrupted run has completed are
   * kept.
   *
   * @throws ImageException when the image grew or was cut meanwhile
   */
  public static void run(IndexStore store, MemoryImage image, Machines machines, Progress progress)
      throws ImageException, IOException {
    try (IndexBuilder builder = new BesideBuilder(store.build())) {
      fill(builder, image, machines, progress);
      // What a folder's manifest says of the image as a whole.
      builder.beginPart(WHOLE);
      builder.completePart(said(image, machines));
      builder.finish();
    }
  }

  /**
   * What is to be said of an image as a whole in an index that has no manifest: the coverage's
   * warnings, and what could not be examined.
   */
  public static List<String> said(MemoryImage image, Machines machines) {
    List<String> said = new ArrayList<>();
    CoverageAnswer.of(image, Optional.of(machines), List.of())
        .path("warnings")
        .forEach(warning -> said.add(warning.asText()));
    said.addAll(FindingAnswer.gaps(Examination.of(machines)));
    return said;
  }

  private static List<String> fill(
      IndexBuilder builder, MemoryImage image, Machines machines, Progress progress)
      throws ImageException, IOException {
    Cataloguer cataloguer = new Cataloguer(StoredRuns.of(image), progress);
    Set<String> complete = Set.copyOf(builder.completeParts());
    int told = 0;
    for (Machine machine : machines.all()) {
      if (!complete.contains(machine.id())) {
        builder.beginPart(machine.id());
        cataloguer.catalogue(machine, builder::add);
        for (Finding finding : FindingSearch.ofLayers(machines, machine)) {
          builder.add(new FindingEntry(finding));
        }
        List<String> all = cataloguer.warnings();
        builder.completePart(all.subList(told, all.size()));
        told = all.size();
      }
    }
    requireUnchanged(image.file());
    return builder.warnings();
  }

  /** An index of a file that somebody is still writing would stand for another one. */
  private static void requireUnchanged(ImageFile file) throws ImageException {
    Optional<String> change = file.change();
    if (change.isPresent()) {
      throw new ImageException(
          file.name(), change.get() + "; no index of it is made before it is complete");
    }
  }
}
