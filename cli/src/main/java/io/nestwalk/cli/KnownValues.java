package io.nestwalk.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/** Values that a shell completes from the folder of an analysis: machines and processes. */
final class KnownValues {

  /** By the option that takes them, the report that has them. */
  static final Map<String, String> REPORTS = Map.of("--machine", "machine", "--pid", "process");

  private KnownValues() {}

  /**
   * The function of a shell's language that lists them.
   *
   * @param shell as the file's name ends
   */
  static String function(String shell) {
    try (InputStream in = KnownValues.class.getResourceAsStream("known." + shell)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException("the program holds its texts", e);
    }
  }
}
