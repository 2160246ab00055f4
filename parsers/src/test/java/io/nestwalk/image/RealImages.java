package io.nestwalk.image;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;

/** The folder of real dumps beside the checkout; tests that need one are skipped without it. */
public final class RealImages {

  private RealImages() {}

  /** The dump of that name, such as "real/README.md". */
  public static Path get(String name) {
    Optional<Path> folder = folder();
    assumeTrue(folder.isPresent(), "the folder of real images is not there: -Dnestwalk.images=DIR");
    Path image = folder.get().resolve(name);
    assumeTrue(Files.exists(image), () -> image + " is not there");
    return image;
  }

  static Optional<Path> folder() {
    String property = System.getProperty("nestwalk.images", "");
    String shared = System.getenv().getOrDefault("NESTWALK_SHARED", "");
    return Stream.of(
            property.isEmpty() ? null : Path.of(property),
            shared.isEmpty() ? null : Path.of(shared, "images"),
            Path.of("../shared/images"),
            Path.of("../../shared/images"))
        .filter(path -> path != null && Files.isDirectory(path))
        .findFirst();
  }
}
