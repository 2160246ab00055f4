package io.nestwalk.image.raw;

import io.nestwalk.image.AddressRange;
import io.nestwalk.image.Advice;
import io.nestwalk.image.ImageException;
import io.nestwalk.image.ImageFile;
import io.nestwalk.image.ImageFormat;
import io.nestwalk.image.ImageOption;
import io.nestwalk.image.MemoryImage;
import io.nestwalk.image.MemoryRun;
import io.nestwalk.image.OpenOptions;
import io.nestwalk.image.Probe;
import io.nestwalk.image.RawLayout;
import io.nestwalk.image.RunMemory;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Raw memory from one address on without a hole: dd, QEMU's pmemsave, padded LiME. */
public final class RawFormat implements ImageFormat {

  private static final int PAGE = 4096;

  /** Above this size every x86 machine has a hole below 4 GiB that a raw writer may leave out. */
  private static final long HOLE_IS_LIKELY_ABOVE = 3L << 30;

  /** For the service loader. */
  public RawFormat() {}

  @Override
  public String name() {
    return "raw";
  }

  @Override
  public Set<ImageOption> options() {
    return Set.of(ImageOption.BASE, ImageOption.HOLE);
  }

  @Override
  public Probe probe(ImageFile file) {
    if (GitLfsPointer.matches(file)) {
      return Probe.refused(GitLfsPointer.EXPLANATION);
    }
    if (Text.matches(file)) {
      return Probe.refused("a text file, not memory");
    }
    return new Probe(Probe.Confidence.FALLBACK, "no signature of another format");
  }

  @Override
  public MemoryImage open(ImageFile file, OpenOptions options) throws ImageException {
    // Whoever forces this format may open text; a pointer never is what its name promises.
    if (GitLfsPointer.matches(file)) {
      throw new ImageException(file.name(), GitLfsPointer.EXPLANATION);
    }
    List<MemoryRun> runs = RawLayout.of(file.name(), file.length(), options);
    RunMemory memory = RunMemory.of(file, runs);
    MemoryImage.Builder image =
        MemoryImage.of(file, name(), memory)
            .runs(memory.runs())
            .warnings(warnings(file.length(), options));
    if (file.length() > HOLE_IS_LIKELY_ABOVE && options.holes().isEmpty()) {
      image.advice(
          Advice.of(
              ImageOption.HOLE,
              "raw memory of more than 3 GiB is read without a hole; where its writer left out the"
                  + " hole below 4 GiB, addresses above the hole are too low: then name the hole"));
    }
    return image.build();
  }

  private static List<String> warnings(long length, OpenOptions options) {
    List<String> warnings = new ArrayList<>();
    long base = options.base().orElse(0);
    if (length % PAGE != 0) {
      warnings.add(
          "the file's size, %d, is not a multiple of %d: the last page is cut after %d bytes"
              .formatted(length, PAGE, length % PAGE));
    }
    if (base % PAGE != 0) {
      warnings.add("the base 0x%x is not the address of a page".formatted(base));
    }
    for (AddressRange hole : options.holes()) {
      if (hole.start() % PAGE != 0 || hole.end() % PAGE != 0) {
        warnings.add("the hole %s does not end at pages".formatted(hole));
      }
    }
    return warnings;
  }
}
