package io.nestwalk.image;

import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Path;
import java.security.CodeSource;
import java.util.Optional;

/** Where a class of the program was loaded from: asking its class loader would open other jars. */
public final class ClassOrigin {

  private ClassOrigin() {}

  /** The jar or the folder; empty where the class came from no file or nobody knows. */
  public static Optional<Path> of(Class<?> type) {
    CodeSource source = type.getProtectionDomain().getCodeSource();
    URL location = source == null ? null : source.getLocation();
    if (location == null || !location.getProtocol().equals("file")) {
      return Optional.empty();
    }
    try {
      // As a URI: a URL's path has letters beyond ASCII and blanks in codes.
      return Optional.of(Path.of(location.toURI()));
    } catch (URISyntaxException | IllegalArgumentException e) {
      return Optional.empty(); // A class loader's own way to write it.
    }
  }
}
