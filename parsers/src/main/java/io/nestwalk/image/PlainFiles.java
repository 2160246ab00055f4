package io.nestwalk.image;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Files whose bytes lie plain: as they were given, or unpacked into the user's cache. */
final class PlainFiles {

  private static final Providers<ImageContainer> INSTALLED = new Providers<>(ImageContainer.class);

  private PlainFiles() {}

  /** The file that holds the image's bytes: the given one, or its unpacked copy. */
  static ImageFile open(Path image, OpenOptions options) throws ImageException {
    requireRegular(image);
    try (FileEvidence file = FileEvidence.open(image)) {
      Optional<ImageFile> unpacked = unpacked(file, options);
      if (unpacked.isPresent()) {
        return unpacked.get();
      }
    } catch (IOException e) {
      throw ImageException.unreadable(image.toString(), e);
    }
    return ImageFile.map(image, image.toString(), "");
  }

  /** The bytes of an image that is no file: read by ranges, or its unpacked copy. */
  static ImageFile open(Evidence image, OpenOptions options) throws ImageException {
    Optional<ImageFile> unpacked = unpacked(image, options);
    return unpacked.isPresent() ? unpacked.get() : ImageFile.of(image);
  }

  private static Optional<ImageFile> unpacked(Evidence image, OpenOptions options)
      throws ImageException {
    for (ImageContainer container : containers()) {
      Optional<ImageFile> unpacked =
          container.open(image, member -> ImageFormats.judge(member, options), options);
      if (unpacked.isPresent()) {
        return unpacked;
      }
    }
    return Optional.empty();
  }

  /** Whether a file is packed in a way that is known. */
  static boolean isPacked(ImageFile file) {
    return containers().stream().anyMatch(container -> container.recognises(file));
  }

  /** Refuses what is no file, such as a device: mapping it may hang. */
  static void requireRegular(Path image) throws ImageException {
    if (Files.exists(image) && !Files.isRegularFile(image)) {
      throw new ImageException(image.toString(), "not a regular file; copy the memory into one");
    }
  }

  static List<ImageContainer> containers() {
    return INSTALLED.all();
  }
}
