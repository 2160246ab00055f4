package io.nestwalk.search;

import io.nestwalk.image.AddressRange;
import io.nestwalk.image.ImageException;
import io.nestwalk.image.Memory;
import io.nestwalk.image.MemoryImage;
import io.nestwalk.image.OpenOptions;
import io.nestwalk.image.PhysicalMemory;
import io.nestwalk.image.Progress;
import io.nestwalk.image.RawLayout;
import io.nestwalk.image.RunMemory;
import io.nestwalk.roots.StructuralRoot;
import io.nestwalk.survey.Survey;
import io.nestwalk.survey.SurveyStore;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Finds where the bytes of a file belong that holds a PC's ranges of RAM one after the other,
 * without what lies between them (LiME's {@code format=raw}). The firmware's memory map, of which
 * the kernel keeps copies in that very memory, says where the ranges are; a map is believed when a
 * kernel's page tables fit with it, and not without.
 */
public final class GluedRanges {

  /** RAM is built in such units: a file of a whole number of them leaves out nothing small. */
  private static final long UNIT = 1L << 20;

  /** A kernel's tables that map so much are no coincidence. */
  private static final long CONCLUSIVE_BYTES = 16L << 20;

  /** Linux never gives the first page to anybody: its "System RAM" begins behind it. */
  private static final long FIRST_PAGE = 0x1000;

  /** Each costs a survey. A memory holds its own map and those of its guests. */
  private static final int MOST_LAYOUTS = 8;

  private GluedRanges() {}

  /** Whether ranges may be glued together: memory of an unknown machine, in one piece from 0 on. */
  public static boolean appliesTo(MemoryImage image) {
    List<AddressRange> ranges = image.memory().ranges();
    return image.architecture().isEmpty()
        && image.cpus().isEmpty()
        && ranges.size() == 1
        && ranges.getFirst().start() == 0
        && ranges.getFirst().length() == image.file().length()
        && ranges.getFirst().length() % UNIT != 0;
  }

  /**
   * The base and the holes with which {@code image} is to be read; empty when its tables fit as
   * they are, or do not tell.
   *
   * @param options those with which it was opened
   * @param threads how many threads may survey memory
   * @param store what is remembered of the image's surveys
   */
  public static Optional<OpenOptions> find(
      MemoryImage image, OpenOptions options, int threads, Progress progress, SurveyStore store) {
    if (kernelBytes(image.memory(), threads, progress, store) >= CONCLUSIVE_BYTES) {
      return Optional.empty();
    }
    FirmwareMapDetector detector = new FirmwareMapDetector();
    List<List<AddressRange>> maps =
        Survey.of(image.memory(), List.of(detector), threads, progress, store).found(detector);
    OpenOptions best = null;
    long most = CONCLUSIVE_BYTES - 1;
    boolean alone = true;
    for (OpenOptions layout : layouts(maps, options, image.file().length())) {
      long bytes = kernelBytes(placed(image, layout), threads, progress, SurveyStore.NONE);
      if (bytes > most) {
        best = layout;
        most = bytes;
        alone = true;
      } else if (bytes == most) {
        alone = false;
      }
    }
    return best != null && alone ? Optional.of(best) : Optional.empty();
  }

  /** The layouts that the maps allow for a file of {@code length} bytes, each once. */
  static Set<OpenOptions> layouts(List<List<AddressRange>> maps, OpenOptions options, long length) {
    Set<OpenOptions> layouts = new LinkedHashSet<>();
    for (List<AddressRange> map : maps) {
      for (long base : new long[] {FIRST_PAGE, 0}) {
        List<AddressRange> holes = holes(map, base, length);
        if (!holes.isEmpty() && layouts.size() < MOST_LAYOUTS) {
          layouts.add(options.withBase(base).withHoles(holes));
        }
      }
    }
    return layouts;
  }

  /** What lies between the ranges, as far as the file reaches. */
  private static List<AddressRange> holes(List<AddressRange> map, long base, long length) {
    List<AddressRange> holes = new ArrayList<>();
    long left = length + base;
    for (int i = 0; i + 1 < map.size(); i++) {
      left -= map.get(i).length();
      if (left <= 0) {
        break;
      }
      long start = map.get(i).end();
      holes.add(new AddressRange(start, map.get(i + 1).start() - start));
    }
    return holes;
  }

  private static PhysicalMemory placed(MemoryImage image, OpenOptions layout) {
    try {
      return RunMemory.of(
          image.file(), RawLayout.of(image.file().name(), image.file().length(), layout));
    } catch (ImageException e) {
      throw new IllegalStateException("a layout is made to fit the file", e);
    }
  }

  /** How much memory the best kernel's tables map that are found. */
  private static long kernelBytes(
      PhysicalMemory memory, int threads, Progress progress, SurveyStore store) {
    Survey survey = Survey.of(memory, Isa.detectors(Optional.empty()), threads, progress, store);
    return kernelBytes(memory, X86.LONG.sightings(survey, survey).tables());
  }

  private static long kernelBytes(Memory memory, List<Long> tables) {
    return X86.LONG.finderIn(memory).byStructure(tables).stream()
        .filter(StructuralRoot::kernelHalf)
        .mapToLong(StructuralRoot::mappedBytes)
        .max()
        .orElse(0);
  }
}
