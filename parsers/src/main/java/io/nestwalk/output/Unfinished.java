package io.nestwalk.output;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;

/** The files in the making of this process; they go when it is ended from outside. */
final class Unfinished {

  private static final Set<Path> FILES = new HashSet<>();
  private static boolean ending;

  static {
    Runtime.getRuntime().addShutdownHook(new Thread(Unfinished::deleteAll, "unfinished files"));
  }

  private Unfinished() {}

  /** One more, before it is made. */
  static synchronized void add(Path file) throws IOException {
    if (ending) {
      throw new IOException("the program is ending");
    }
    FILES.add(file);
  }

  /** One is complete or deleted. */
  static synchronized void remove(Path file) {
    FILES.remove(file);
  }

  /** Whether this process is writing that file. */
  static synchronized boolean has(Path file) {
    return FILES.contains(file);
  }

  private static synchronized void deleteAll() {
    ending = true;
    for (Path file : FILES) {
      try {
        Files.deleteIfExists(file);
      } catch (IOException e) {
        // A later run takes it away.
      }
    }
  }
}
