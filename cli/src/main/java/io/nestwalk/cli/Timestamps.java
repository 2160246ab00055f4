package io.nestwalk.cli;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;

/** Times in answers: always UTC, so that two investigators read the same. */
final class Timestamps {

  private static final DateTimeFormatter SECONDS =
      DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss").withZone(ZoneOffset.UTC);

  private Timestamps() {}

  /** For people. */
  static String toSeconds(Instant time) {
    return SECONDS.format(time);
  }

  /** ISO 8601. */
  static String full(Instant time) {
    return time.toString();
  }
}
