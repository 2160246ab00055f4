package io.nestwalk.cli;

import java.nio.file.Path;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.TypeConversionException;

/** The image that a command works on, and how to open it. */
final class ImageOptions extends OpeningOptions {

  @Parameters(
      index = "0",
      paramLabel = "IMAGE",
      converter = GivenName.class,
      description =
          "the dump: a file, a compressed file or archive that holds one, or the folder or first"
              + " file of one that was split")
  private Path image;

  /** An empty name would stand for the folder that the user happens to be in. */
  static final class GivenName implements ITypeConverter<Path> {
    @Override
    public Path convert(String text) {
      if (text.isEmpty()) {
        throw new TypeConversionException("the name is empty");
      }
      return Path.of(text);
    }
  }

  Path image() {
    return image;
  }
}
