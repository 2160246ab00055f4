package io.nestwalk.cli;

/** What the user asked for is not in the image. The message is one line for the user. */
final class NotFoundException extends Exception {

  private static final long serialVersionUID = 1L;

  NotFoundException(String message) {
    super(message);
  }
}
