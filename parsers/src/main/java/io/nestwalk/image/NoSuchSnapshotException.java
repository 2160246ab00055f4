package io.nestwalk.image;

/** The snapshot that a user named is not in the file. */
public final class NoSuchSnapshotException extends ImageException {

  private static final long serialVersionUID = 1L;

  /** The fault, with what there is instead. */
  public NoSuchSnapshotException(String file, String rule) {
    super(file, rule);
  }
}
