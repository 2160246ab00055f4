package io.nestwalk.image;

/**
 * An input that can't be read or isn't supported. The message is one line for the user: what is
 * wrong, where, and by which rule.
 */
public sealed class ImageException extends Exception permits NoSuchSnapshotException {

  private static final long serialVersionUID = 1L;

  private final String reason;

  /** A fault of the file as a whole. */
  public ImageException(String file, String rule) {
    this(file, rule, null);
  }

  /** A fault at a place in the file. */
  public ImageException(String file, long offset, String rule) {
    this(file, "at offset 0x%x: %s".formatted(offset, rule), null);
  }

  /** A fault of the file as a whole, met as another exception. */
  public ImageException(String file, String rule, Throwable cause) {
    super(file + ": " + rule, cause);
    reason = rule;
  }

  /** What is wrong, without the file's name: for a text that names the file already. */
  public String reason() {
    return reason;
  }
}
