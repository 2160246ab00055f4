package io.nestwalk.session;

/** What was asked for is not in the image. The message is one line for the user. */
public final class NotFoundException extends Exception {

  private static final long serialVersionUID = 1L;

  /** With one line that says what is missing, and where. */
  public NotFoundException(String message) {
    super(message);
  }
}
