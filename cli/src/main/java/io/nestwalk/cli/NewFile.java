package io.nestwalk.cli;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;

/** Output files: never over another one unless the user says so. */
final class NewFile {

  private static final int BUFFER = 1 << 16;

  private NewFile() {}

  /** Opens a file for writing; one that exists is refused without {@code force}. */
  static OutputStream open(Path file, boolean force, CommandLine command) throws IOException {
    try {
      return new BufferedOutputStream(
          Files.newOutputStream(
              file,
              force ? StandardOpenOption.CREATE : StandardOpenOption.CREATE_NEW,
              StandardOpenOption.WRITE,
              StandardOpenOption.TRUNCATE_EXISTING),
          BUFFER);
    } catch (FileAlreadyExistsException e) {
      throw new ParameterException(command, file + " exists; --force overwrites it", e);
    }
  }
}
