package io.nestwalk.output;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** A file can't be written. The message is one line that begins with the file's name. */
public final class OutputException extends IOException {

  private static final long serialVersionUID = 1L;

  /** Less free space than this, and a write that failed has failed for want of space. */
  private static final long FULL = 1 << 20;

  private static final long KIB = 1024;

  /**
   * A file that may not be written.
   *
   * @param reason continues the file's name
   */
  public OutputException(Path file, String reason) {
    super("%s: %s".formatted(file, reason));
  }

  private OutputException(Path file, String reason, IOException cause) {
    super("%s: %s".formatted(file, reason), cause);
  }

  /**
   * A write that failed.
   *
   * @param file what was to be written
   * @param atLeast how many bytes it takes at the least; 0 when nobody knows
   * @param atMost how many it takes at the most; 0 when nobody knows
   */
  public static OutputException of(Path file, long atLeast, long atMost, IOException cause) {
    if (cause instanceof OutputException known) {
      return known;
    }
    long free = free(file);
    if (isFull(cause, free, atLeast)) {
      return new OutputException(
          file,
          "can't be written, the disk is full: %s %d KiB are needed, %d KiB are free"
              .formatted(
                  atMost > 0 ? "up to" : "at least",
                  (Math.max(atLeast, atMost) + KIB - 1) / KIB,
                  Math.max(0, free) / KIB),
          cause);
    }
    return new OutputException(file, "can't be written: " + reason(cause), cause);
  }

  /** The system says it in the user's language; the free space needs no translation. */
  private static boolean isFull(IOException cause, long free, long needed) {
    String message = cause.getMessage() == null ? "" : cause.getMessage();
    return message.contains("No space left on device")
        || (!(cause instanceof FileSystemException) && free >= 0 && free < Math.max(FULL, needed));
  }

  /** The free bytes where a file was to lie; -1 when that is unknown. */
  private static long free(Path file) {
    try {
      Path folder = file.toAbsolutePath().getParent();
      return Files.getFileStore(folder == null ? file : folder).getUsableSpace();
    } catch (IOException e) {
      return -1;
    }
  }

  /** Why something can't be made, as a person would say it. */
  public static String reason(IOException cause) {
    return switch (cause) {
      case NoSuchFileException _ -> "no such folder";
      case AccessDeniedException _ -> "this user may not";
      case FileAlreadyExistsException _ -> "it exists";
      case FileSystemLoopException _ -> "links lead in a circle";
      case FileSystemException e when e.getReason() != null -> e.getReason();
      default -> cause.getMessage() == null ? cause.toString() : cause.getMessage();
    };
  }
}
