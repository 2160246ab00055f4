package io.nestwalk.bench;

import io.nestwalk.image.ImageException;

/**
 * A data set that is not there, or has nothing of what is to be measured. JMH prints the message
 * and goes on with the next benchmark; where in the program it came up is of no use there.
 */
final class UnusableDataSetException extends RuntimeException {

  private static final long serialVersionUID = 1;

  /** An image that can't be read. */
  UnusableDataSetException(ImageException cause) {
    this(cause.getMessage());
  }

  UnusableDataSetException(String message) {
    super(message, null, false, false);
  }
}
