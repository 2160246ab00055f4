package io.nestwalk.yara;

/** YARA can't be used, or not with these rules. The message is one line for the user. */
public final class YaraException extends Exception {

  private static final long serialVersionUID = 1L;

  /** Whose fault it is. */
  public enum Cause {
    /** The library is missing, of a version that is not known, or fails. */
    LIBRARY,
    /** The rules are wrong. */
    RULES
  }

  private final Cause fault;

  YaraException(Cause fault, String message) {
    super(message);
    this.fault = fault;
  }

  /** Whose fault it is. */
  public Cause fault() {
    return fault;
  }
}
