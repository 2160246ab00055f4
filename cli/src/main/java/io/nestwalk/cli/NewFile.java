package io.nestwalk.cli;

import io.nestwalk.output.OutputException;
import io.nestwalk.output.PendingFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;

/** Output files: never over another one unless the user says so, and never over evidence. */
final class NewFile {

  /** Writes the content of a file. */
  @FunctionalInterface
  interface Content<T> {
    /** Writes all of it, and may answer something about it. */
    T write(PendingFile file) throws IOException;
  }

  private NewFile() {}

  /**
   * Writes a file. It appears under its name when it is complete; after a fault there is none.
   *
   * @param force whether one that exists may be overwritten
   * @param evidence what may not be overwritten whatever the user says
   * @return what the content answers
   * @throws ParameterException when the file may not be written
   * @throws OutputException when it can't be
   */
  static <T> T write(
      Path file, boolean force, List<Path> evidence, CommandLine command, Content<T> content)
      throws IOException {
    refuse(file, force, evidence, command);
    try (PendingFile pending = PendingFile.of(file)) {
      T answer = content.write(pending);
      refuse(file, force, evidence, command);
      pending.complete(force);
      return answer;
    }
  }

  /**
   * Refuses a file before there is any work for it.
   *
   * @throws ParameterException when it exists and may not be overwritten
   */
  static void refuse(Path file, boolean force, List<Path> evidence, CommandLine command)
      throws IOException {
    Path folder = file.toAbsolutePath().getParent();
    if (folder != null && !Files.isDirectory(folder)) {
      throw new ParameterException(command, file + " can't be written: no such folder");
    }
    if (!Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    for (Path each : evidence) {
      if (Files.exists(file) && Files.exists(each) && Files.isSameFile(file, each)) {
        throw new ParameterException(
            command, "%s belongs to the image, which is never written to".formatted(file));
      }
    }
    if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
      throw new ParameterException(
          command,
          "%s is %s, which is never written to"
              .formatted(file, Files.isSymbolicLink(file) ? "a link" : "no regular file"));
    }
    if (!force) {
      throw new ParameterException(command, file + " exists; --force overwrites it");
    }
  }
}
