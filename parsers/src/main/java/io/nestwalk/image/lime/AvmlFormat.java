package io.nestwalk.image.lime;

import io.nestwalk.image.BlockMemory;
import io.nestwalk.image.ImageException;
import io.nestwalk.image.ImageFile;
import io.nestwalk.image.ImageFormat;
import io.nestwalk.image.MemoryImage;
import io.nestwalk.image.OpenOptions;
import io.nestwalk.image.PageIndex;
import io.nestwalk.image.Probe;

/** AVML's compressed dumps, version 2. Without compression AVML writes LiME's format. */
public final class AvmlFormat implements ImageFormat {

  /** For the service loader. */
  public AvmlFormat() {}

  @Override
  public String name() {
    return "avml";
  }

  @Override
  public Probe probe(ImageFile file) {
    if (!RangeHeader.standsAt(file, 0, RangeHeader.AVML)) {
      return Probe.no("no AVML header");
    }
    try {
      long version = RangeHeader.read(file, 0).version();
      return version == RangeHeader.AVML_VERSION
          ? Probe.certain("AVML header")
          : Probe.refused("an AVML dump of version %d; version 2 is read".formatted(version));
    } catch (ImageException e) {
      return Probe.refused(e.reason());
    }
  }

  @Override
  public MemoryImage open(ImageFile file, OpenOptions options) throws ImageException {
    AvmlRanges ranges = new AvmlRanges(file, options.progress());
    ranges.read();
    PageIndex index = ranges.index();
    if (index.ranges().isEmpty()) {
      throw new ImageException(
          file.name(),
          "an AVML dump of which no memory can be read"
              + ranges.warnings().stream().findFirst().map(w -> ": " + w).orElse(""));
    }
    return MemoryImage.of(file, name(), new BlockMemory(file, index, new SnappyChunks(file)))
        .creator("AVML")
        .warnings(ranges.warnings())
        .build();
  }
}
