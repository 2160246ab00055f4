package io.nestwalk.index;

import java.io.IOException;

/** An index that can't be used: damaged, unfinished or of another version. It has to be rebuilt. */
public final class BrokenIndexException extends IOException {

  private static final long serialVersionUID = 1L;

  /** A reason, and what is behind it; null for nothing. */
  public BrokenIndexException(String message, Throwable cause) {
    super(message, cause);
  }
}
