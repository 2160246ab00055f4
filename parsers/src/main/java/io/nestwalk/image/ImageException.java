package io.nestwalk.image;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.List;

/**
 * An input that can't be read or isn't supported. The message is one line for the user: what is
 * wrong, where, and by which rule.
 */
public sealed class ImageException extends Exception permits NoSuchSnapshotException {

  private static final long serialVersionUID = 1L;

  private final String reason;
  private final List<ImageOption> helpful;

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
    this(file, rule, cause, List.of());
  }

  private ImageException(String file, String rule, Throwable cause, List<ImageOption> helpful) {
    super(file + ": " + rule, cause);
    reason = rule;
    this.helpful = List.copyOf(helpful);
  }

  /** A fault of the file as a whole that is gone when the user says these things of it. */
  public static ImageException advising(String file, String rule, List<ImageOption> helpful) {
    return new ImageException(file, rule, null, helpful);
  }

  /** A file that the system does not let be read, with what the system says of it. */
  public static ImageException unreadable(String file, IOException cause) {
    return new ImageException(file, reasonOf(cause), cause);
  }

  /** The same, met while a folder was gone through. */
  public static ImageException unreadable(String folder, DirectoryIteratorException cause) {
    return unreadable(folder, cause.getCause());
  }

  private static String reasonOf(IOException cause) {
    return switch (cause) {
      case NoSuchFileException _ -> "no such file";
      case AccessDeniedException _ -> "may not be read by this user";
      // The message of these begins with the file's name, which is said already.
      case FileSystemException e when e.getReason() != null -> "can't be read: " + e.getReason();
      default -> "can't be read: " + cause.getMessage();
    };
  }

  /** What the user can say so that the image is opened; empty where nothing helps. */
  public List<ImageOption> helpful() {
    return helpful;
  }

  /** What is wrong, without the file's name: for a text that names the file already. */
  public String reason() {
    return reason;
  }
}
