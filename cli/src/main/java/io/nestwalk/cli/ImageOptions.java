package io.nestwalk.cli;

import java.nio.file.Path;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** The image that a command works on, and how to open it. */
abstract class ImageOptions extends OpeningOptions {

  /** The image. */
  abstract Path image();

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
}
