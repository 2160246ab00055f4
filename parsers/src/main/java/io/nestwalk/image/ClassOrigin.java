package io.nestwalk.image;

import java.net.URI;
import java.nio.file.Path;
import java.security.CodeSource;
import java.util.Optional;

/** Where a class of the program was loaded from: asking its class loader would open other jars. */
public final class ClassOrigin {

  private ClassOrigin() {}

  /** The jar or the folder; empty where the class came from no file or nobody knows. */
  public static Optional<Path> of(Class<?> type) {
    CodeSource source = type.getProtectionDomain().getCodeSource();
    if (source == null || !source.getLocation().getProtocol().equals("file")) {
      return Optional.empty();
    }
    // As a URI: a URL's path has letters beyond ASCII and blanks in codes.
    return Optional.of(Path.of(URI.create(source.getLocation().toString())));
  }
}
