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
    /** Looks like it, without proof. */
    LIKELY,
    /** The signature is there. */
    CERTAIN
  }

  /** Not this format, for that reason. */
  public static Probe no(String reason) {
    return new Probe(Confidence.NO, reason);
  }

  /** This format, for that reason. */
  public static Probe certain(String reason) {
    return new Probe(Confidence.CERTAIN, reason);
  }
}
