package io.nestwalk.cli;

import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Parameters;

/** The image that a command works on where more words follow; one word may stand for several. */
final class ImageWord extends SeveralImages {

  @Parameters(
      index = "0",
      paramLabel = "IMAGE",
      converter = GivenName.class,
      description =
          "the dump: a file, a compressed file or archive that holds one, or the folder or first"
              + " file of one that was split; a pattern in quotes (\"*.raw\"), or a folder with"
              + " --each, stands for several"
              + CASE_TOO)
  private Path given;

  @Override
  public List<Path> named() {
    return List.of(given);
  }
}
