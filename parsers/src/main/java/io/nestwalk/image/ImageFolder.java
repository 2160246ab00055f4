package io.nestwalk.image;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** A folder that is looked through for the image in it. */
final class ImageFolder {

  /** A folder with more files than this is not looked through. */
  private static final int MAX_FILES = 1000;

  private ImageFolder() {}

  /** The file in a folder that is surest to be an image: a state with its memory file is one. */
  static Path onlyImageIn(Path folder, OpenOptions options) throws ImageException {
    List<Path> images = new ArrayList<>();
    Probe.Confidence best = Probe.Confidence.NO;
    String refused = "";
    long largest = 0;
    int seen = 0;
    try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
      for (Path file : files) {
        if (++seen > MAX_FILES) {
          throw new ImageException(
              folder.toString(), "a folder with many files; name the one that is the image");
        }
        if (!Files.isRegularFile(file) || Files.size(file) == 0) {
          continue;
        }
        Probe probe = probe(file, options);
        if (probe.isReadable() && probe.confidence().compareTo(best) >= 0) {
          if (probe.confidence() != best) {
            images.clear();
          }
          best = probe.confidence();
          images.add(file);
        } else if (probe.confidence() == Probe.Confidence.REFUSED && Files.size(file) > largest) {
          largest = Files.size(file);
          refused = "; %s is %s".formatted(file.getFileName(), probe.reason());
        }
      }
    } catch (DirectoryIteratorException e) {
      throw ImageException.unreadable(folder.toString(), e);
    } catch (IOException e) {
      throw ImageException.unreadable(folder.toString(), e);
    }
    if (images.size() == 1) {
      return images.getFirst();
    }
    throw new ImageException(
        folder.toString(),
        images.isEmpty() ? "a folder without a memory image in it" + refused : several(images));
  }

  private static String several(List<Path> images) {
    return "a folder with %d files that could be the image (%s%s); name one of them"
        .formatted(
            images.size(),
            images.stream()
                .sorted()
                .limit(3)
                .map(image -> image.getFileName().toString())
                .collect(Collectors.joining(", ")),
            images.size() > 3 ? ", ..." : "");
  }

  /** What the formats say of a file. */
  private static Probe probe(Path path, OpenOptions options) {
    try (ImageFile file = ImageFile.map(path, path.toString(), "")) {
      return PlainFiles.isPacked(file)
          ? Probe.certain("packed")
          : ImageFormats.judge(file, options);
    } catch (ImageException e) {
      // A file that this user may not read can't be the image; the others may.
      return Probe.no("can't be read");
    }
  }
}
