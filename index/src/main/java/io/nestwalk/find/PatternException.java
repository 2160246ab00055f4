package io.nestwalk.find;

/** A pattern that can't be looked for. The message is one line for the user. */
public final class PatternException extends Exception {

  private static final long serialVersionUID = 1L;

  PatternException(String message) {
    super(message);
  }

  PatternException(String message, Throwable cause) {
    super(message, cause);
  }
}
