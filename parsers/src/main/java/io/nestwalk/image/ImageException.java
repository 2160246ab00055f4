package io.nestwalk.image;

/**
 * An input that can't be read or isn't supported. The message is one line for the user: what is
 * wrong, where, and by which rule.
 */
public final class ImageException extends Exception {

  private static final long serialVersionUID = 1L;

  /** A fault of the file as a whole. */
  public ImageException(String file, String rule) {
    super(file + ": " + rule);
  }

  /** A fault at a place in the file. */
  public ImageException(String file, long offset, String rule) {
    super("%s: at offset 0x%x: %s".formatted(file, offset, rule));
  }

  /** A fault of the file as a whole, met as another exception. */
  public ImageException(String file, String rule, Throwable cause) {
    super(file + ": " + rule, cause);
  }
}
