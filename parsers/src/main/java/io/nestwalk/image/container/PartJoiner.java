package io.nestwalk.image.container;

import io.nestwalk.image.ImageException;
import io.nestwalk.image.OpenOptions;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Puts the parts of a split file together. */
final class PartJoiner {

  private static final int BUFFER = 1 << 18;

  private final List<Path> parts;
  private final String name;
  private final OpenOptions options;

  PartJoiner(List<Path> parts, String name, OpenOptions options) {
    this.parts = parts;
    this.name = name;
    this.options = options;
  }

  /** Writes the whole into an empty folder. */
  Unpacked join(Path folder) throws ImageException, IOException {
    long total = 0;
    for (Path part : parts) {
      total = Math.addExact(total, Files.size(part));
    }
    if (total > options.maxUnpackedBytes()) {
      throw new ImageException(
          name,
          "its parts have more than the limit of %d bytes".formatted(options.maxUnpackedBytes()));
    }
    SparseFile.requireSpace(folder, total);
    Path file = folder.resolve("joined");
    try (SparseFile out = new SparseFile(file)) {
      byte[] buffer = new byte[BUFFER];
      for (Path part : parts) {
        try (InputStream in = Files.newInputStream(part)) {
          int count;
          while ((count = in.read(buffer, 0, buffer.length)) >= 0) {
            out.write(buffer, 0, count);
            options.progress().advanced("joining", out.length(), total);
          }
        }
      }
      out.finish();
      return new Unpacked(file, "", "parts", out.length(), out.allocated(), List.of());
    }
  }
}
