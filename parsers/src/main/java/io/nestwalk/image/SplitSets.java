package io.nestwalk.image;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** Images that were split into parts: finds the parts, and makes one file of them. */
final class SplitSets {

  private SplitSets() {}

  /** The parts that a folder or a first part stands for, unless these are images by themselves. */
  static Optional<SplitImage> of(Path image, OpenOptions options) throws ImageException {
    Optional<SplitImage> split = Optional.empty();
    if (Files.isDirectory(image)) {
      split = SplitImage.in(image);
    } else if (Files.isRegularFile(image)) {
      split = SplitImage.beginningWith(image);
    }
    return split.isPresent() && split.get().isOne(part -> ImageFormats.judge(part, options))
        ? split
        : Optional.empty();
  }

  /** Whether the parts are those of a packed file. */
  static boolean isPacked(SplitImage split) throws ImageException {
    Path first = split.parts().getFirst();
    try (ImageFile file = ImageFile.map(first, first.toString(), "")) {
      return PlainFiles.isPacked(file);
    }
  }

  /** One file out of the parts of something that is no raw memory, unpacked if it is packed. */
  static ImageFile join(SplitImage split, Probe probe, OpenOptions options) throws ImageException {
    boolean packed = isPacked(split);
    if (!packed && !probe.isReadable()) {
      throw new ImageException(
          split.given().toString(),
          split.described("are of no memory image (%s)".formatted(probe.reason())));
    }
    String name = split.whole().toString();
    for (ImageContainer container : PlainFiles.containers()) {
      Optional<ImageFile> whole = container.join(split.parts(), name, options);
      if (whole.isPresent() && packed) {
        try (ImageFile joined = whole.get();
            ImageFile unpacked = PlainFiles.open(joined.path().orElseThrow(), options)) {
          return ImageFile.map(
              unpacked.path().orElseThrow(),
              name + unpacked.name().substring(joined.path().orElseThrow().toString().length()),
              unpacked.container() + "." + joined.container(),
              unpacked.warnings());
        }
      }
      if (whole.isPresent()) {
        return whole.get();
      }
    }
    throw new ImageException(
        split.given().toString(), split.described("have to be joined into one file"));
  }
}
