package io.nestwalk.image.lime;

import io.nestwalk.image.ImageException;
import io.nestwalk.image.ImageFile;
import io.nestwalk.image.ImageFormat;
import io.nestwalk.image.MemoryImage;
import io.nestwalk.image.OpenOptions;
import io.nestwalk.image.Probe;
import io.nestwalk.image.RunMemory;

/** LiME's dumps with headers (format=lime), version 1; AVML writes the same without compression. */
public final class LimeFormat implements ImageFormat {

  /** For the service loader. */
  public LimeFormat() {}

  @Override
  public String name() {
    return "lime";
  }

  @Override
  public Probe probe(ImageFile file) {
    if (!RangeHeader.standsAt(file, 0, RangeHeader.LIME)) {
      return Probe.no("no LiME header");
    }
    try {
      long version = RangeHeader.read(file, 0).version();
      return version == RangeHeader.LIME_VERSION
          ? Probe.certain("LiME header")
          : Probe.refused("a LiME dump of version %d; version 1 is read".formatted(version));
    } catch (ImageException e) {
      return Probe.refused(e.reason());
    }
  }

  @Override
  public MemoryImage open(ImageFile file, OpenOptions options) throws ImageException {
    LimeRanges ranges = LimeRanges.read(file);
    if (ranges.runs().isEmpty()) {
      throw new ImageException(
          file.name(),
          "a LiME dump of which no memory can be read"
              + ranges.warnings().stream().findFirst().map(w -> ": " + w).orElse(""));
    }
    RunMemory memory = RunMemory.of(file, ranges.runs());
    return MemoryImage.of(file, name(), memory)
        .creator("LiME")
        .runs(memory.runs())
        .warnings(ranges.warnings())
        .build();
  }
}
