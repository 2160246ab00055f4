package io.nestwalk.cli;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Set;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;

/** Output files: never over another one unless the user says so, and never over evidence. */
final class NewFile {

  private static final int BUFFER = 1 << 16;

  private static final Set<OpenOption> NEW =
      Set.of(StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW, StandardOpenOption.SPARSE);

  private static final Set<OpenOption> OVER_ANOTHER =
      Set.of(
          StandardOpenOption.WRITE,
          StandardOpenOption.CREATE,
          StandardOpenOption.TRUNCATE_EXISTING);

  private NewFile() {}

  /**
   * Opens a file for writing.
   *
   * @param force whether one that exists may be overwritten
   * @param evidence what may not be overwritten whatever the user says
   * @throws ParameterException when it can't be written or may not be
   */
  static OutputStream open(Path file, boolean force, List<Path> evidence, CommandLine command)
      throws IOException {
    refuse(file, force, evidence, command);
    try {
      return new BufferedOutputStream(
          Files.newOutputStream(file, options(force).toArray(OpenOption[]::new)), BUFFER);
    } catch (FileSystemException e) {
      throw unwritable(file, e, command);
    }
  }

  /** The same for a file that is not written from its beginning to its end. */
  static SeekableByteChannel channel(
      Path file, boolean force, List<Path> evidence, CommandLine command) throws IOException {
    refuse(file, force, evidence, command);
    try {
      return Files.newByteChannel(file, options(force));
    } catch (FileSystemException e) {
      throw unwritable(file, e, command);
    }
  }

  /**
   * Refuses a file before there is any work for it.
   *
   * @throws ParameterException when it exists and may not be overwritten
   */
  static void refuse(Path file, boolean force, List<Path> evidence, CommandLine command)
      throws IOException {
    if (!Files.exists(file)) {
      return;
    }
    for (Path each : evidence) {
      if (Files.exists(each) && Files.isSameFile(file, each)) {
        throw new ParameterException(
            command, "%s belongs to the image, which is never written to".formatted(file));
      }
    }
    if (!force) {
      throw new ParameterException(command, file + " exists; --force overwrites it");
    }
  }

  private static Set<OpenOption> options(boolean force) {
    return force ? OVER_ANOTHER : NEW;
  }

  private static ParameterException unwritable(
      Path file, FileSystemException cause, CommandLine command) {
    return new ParameterException(
        command,
        cause instanceof FileAlreadyExistsException
            ? file + " exists; --force overwrites it"
            : "%s %s".formatted(file, reason(cause)),
        cause);
  }

  /** Why something can't be made. */
  static String reason(FileSystemException cause) {
    return switch (cause) {
      case NoSuchFileException _ -> "can't be written: no such folder";
      case AccessDeniedException _ -> "may not be written by this user";
      default -> "can't be written: " + cause.getReason();
    };
  }
}
