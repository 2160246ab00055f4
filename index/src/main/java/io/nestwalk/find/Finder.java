package io.nestwalk.find;

import io.nestwalk.image.MemoryImage;
import io.nestwalk.image.Progress;
import io.nestwalk.machine.Machines;
import io.nestwalk.memory.StoredRuns;
import java.io.IOException;
import java.util.List;
import java.util.function.Predicate;

/** Finds patterns in an image, wherever they lie and whoever owns them. */
public final class Finder {

  private final MemoryImage image;
  private final OwnedRuns runs;
  private final Progress progress;

  /**
   * A finder.
   *
   * @param image the image
   * @param machines its machines
   */
  public Finder(MemoryImage image, Machines machines, Progress progress) {
    this(image, OwnedRuns.walked(StoredRuns.of(image), machines, progress), progress);
  }

  /**
   * A finder that has the owners from elsewhere.
   *
   * @param image the image
   * @param runs those of its machines
   */
  public Finder(MemoryImage image, OwnedRuns runs, Progress progress) {
    this.image = image;
    this.runs = runs;
    this.progress = progress;
  }

  /**
   * What was found.
   *
   * @param hits in ascending order of host-physical address
   * @param bytesScanned how much memory was looked at
   * @param refused how many hits more there were than the limit allowed
   * @param warnings what could not be followed, a line each
   */
  public record Found(List<Hit> hits, long bytesScanned, long refused, List<String> warnings) {
    /** Copies the lists. */
    public Found {
      hits = List.copyOf(hits);
      warnings = List.copyOf(warnings);
    }
  }

  /**
   * Looks for patterns.
   *
   * @param wanted hits none of whose owners is wanted are left out; null wants all, also those that
   *     belong to nobody
   * @param limit how many hits are kept
   * @param threads how many threads may work
   */
  public Found find(Patterns patterns, Predicate<Owner> wanted, int limit, int threads)
      throws IOException {
    HitList found = new PhysicalScan(image.memory(), patterns, limit).run(threads, progress);
    Ownership ownership = new Ownership(image.memory(), patterns, found, limit);
    List<String> warnings = runs.show(ownership::run);
    List<Hit> hits = ownership.hits();
    if (wanted != null) {
      hits = hits.stream().filter(hit -> hit.owners().stream().anyMatch(wanted)).toList();
    }
    return new Found(
        hits, image.memory().presentBytes(), found.refused() + ownership.refused(), warnings);
  }
}
