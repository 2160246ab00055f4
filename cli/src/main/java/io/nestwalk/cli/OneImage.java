package io.nestwalk.cli;

import java.nio.file.Path;
import picocli.CommandLine.Parameters;

/** The one image that a command works on. */
final class OneImage extends ImageOptions {

  @Parameters(
      index = "0",
      paramLabel = "IMAGE",
      converter = GivenName.class,
      description =
          "the dump: a file, a compressed file or archive that holds one, or the folder or first"
              + " file of one that was split"
              + CASE_TOO)
  private Path image;

  @Override
  Path given() {
    return image;
  }

  @Override
  boolean isOneOfSeveral() {
    return false;
  }
}
