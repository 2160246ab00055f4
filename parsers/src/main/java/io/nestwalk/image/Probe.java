package io.nestwalk.image;

/**
 * A format's answer to "is this file yours?".
 *
 * @param confidence how sure it is
 * @param reason why, in a few words for the user
 */
public record Probe(Confidence confidence, String reason) {

  /** How sure a format is; the highest wins. */
  public enum Confidence {
    /** Not this format. */
    NO,
    /** Nothing speaks against it: raw memory has no signature. */
    FALLBACK,
    /**
     * Recognised for certain as something that can't be read: a process core, a text file, a format
     * without support. The file is not opened as raw memory; the reason is what the user is told.
     */
    REFUSED,
    /** Looks like it, without proof. */
    LIKELY,
    /** The signature is there. */
    CERTAIN
  }

  /** Not this format, for that reason. */
  public static Probe no(String reason) {
    return new Probe(Confidence.NO, reason);
  }

  /** Recognised as something that can't be read; {@code reason} says what it is: "a text file". */
  public static Probe refused(String reason) {
    return new Probe(Confidence.REFUSED, reason);
  }

  /** Whether the file can be opened as that format. */
  public boolean isReadable() {
    return confidence != Confidence.NO && confidence != Confidence.REFUSED;
  }

  /** This format, for that reason. */
  public static Probe certain(String reason) {
    return new Probe(Confidence.CERTAIN, reason);
  }
}
