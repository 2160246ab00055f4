package io.nestwalk.cli;

import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Parameters;

/** The images that a command works on, as many as are named. */
final class Images extends SeveralImages {

  /** What help says of such images. */
  static final String DESCRIPTION =
      "the dump: a file, a compressed file or archive that holds one, or the folder or first"
          + " file of one that was split; several, or a pattern (\"*.raw\"), are answered one"
          + " after the other"
          + CASE_TOO;

  @Parameters(
      index = "0..*",
      arity = "1..*",
      paramLabel = "IMAGE",
      converter = GivenName.class,
      description = DESCRIPTION)
  private List<Path> given = List.of();

  @Override
  public List<Path> named() {
    return given;
  }
}
