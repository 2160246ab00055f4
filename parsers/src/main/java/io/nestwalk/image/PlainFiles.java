package io.nestwalk.image;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.ServiceLoader;

/** Files whose bytes lie plain: as they were given, or unpacked into the user's cache. */
final class PlainFiles {

  private PlainFiles() {}

  /** The file that holds the image's bytes: the given one, or its unpacked copy. */
  static ImageFile open(Path image, OpenOptions options) throws ImageException {
    requireRegular(image);
    for (ImageContainer container : containers()) {
      Optional<ImageFile> unpacked =
          container.open(image, member -> ImageFormats.judge(member, options), options);
      if (unpacked.isPresent()) {
        return unpacked.get();
      }
    }
    return ImageFile.map(image, image.toString(), "");
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
    return ServiceLoader.load(ImageContainer.class).stream()
        .map(ServiceLoader.Provider::get)
        .toList();
  }
}
