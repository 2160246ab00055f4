package io.nestwalk.serve;

/** A question that gets no answer. The message is one line for whoever asked. */
final class RefusedException extends Exception {

  private static final long serialVersionUID = 1L;

  private final int status;

  /**
   * A refusal.
   *
   * @param status of HTTP, 400 to 599
   */
  RefusedException(int status, String message) {
    super(message);
    this.status = status;
  }

  /** The status of HTTP. */
  int status() {
    return status;
  }
}
