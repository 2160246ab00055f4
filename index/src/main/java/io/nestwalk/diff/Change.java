package io.nestwalk.diff;

import java.util.Locale;

/** What happened to a thing between two images. */
public enum Change {
  /** Only the second has it. */
  CAME,
  /** Only the first has it. */
  WENT,
  /** Both have it, and something of it differs. */
  CHANGED;

  /** As in answers: "came". */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
