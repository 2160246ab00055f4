package io.nestwalk.bench;

import io.nestwalk.image.ImageException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Images to measure with, by name: {@code NAME.elf} below {@code target/bench}, where {@code
 * bench/data_sets.py NAME} puts it; the system property {@code nestwalk.bench} names another
 * folder. Any other image goes by its path.
 */
final class DataSets {

  /** Page tables that are made when they are needed, of a guest with 4 GiB; no image. */
  static final String SYNTHETIC = "synthetic";

  /** The sample, unpacked. */
  static final String SAMPLE = "kvm-npt";

  /** The sample with 8 GiB of memory. */
  static final String LARGE = "kvm-npt-8";

  /** The sample with 6 GiB of memory and 1,500 processes more. */
  static final String MANY = "kvm-npt-many";

  private DataSets() {}

  /**
   * Where a data set lies.
   *
   * @param name its name, or the path of an image
   * @throws UnusableDataSetException when there is none; the message says how to make it
   */
  static Path path(String name) {
    Path named = Path.of(System.getProperty("nestwalk.bench", "target/bench"), name + ".elf");
    if (Files.isRegularFile(named)) {
      return named;
    }
    Path image = Path.of(name);
    if (Files.exists(image)) {
      return image;
    }
    throw new UnusableDataSetException(
        "no data set %s: bench/data_sets.py %s makes %s".formatted(name, name, named));
  }

  /** What opens an image that is expected to be one. */
  interface Opening<T> {

    T of(Path image) throws ImageException;
  }

  /**
   * Opens a data set.
   *
   * @param name its name, or the path of an image
   * @throws UnusableDataSetException when there is none, or it can't be read
   */
  static <T> T open(String name, Opening<T> opening) {
    try {
      return opening.of(path(name));
    } catch (ImageException e) {
      throw new UnusableDataSetException(e);
    }
  }
}
