package io.nestwalk.image;

import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/**
 * A dump format. Implementations are found through {@link java.util.ServiceLoader}: a new format is
 * a new package and one line in {@code META-INF/services}.
 */
public interface ImageFormat {

  /** The format's name as users and reports spell it: "elf", "raw". */
  String name();

  /**
   * Whether users can name the format to open a file with it; false for one that only recognises
   * what has to be refused.
   */
  default boolean isReadable() {
    return true;
  }

  /**
   * What this format uses of what a user says about an image. Whoever says something else is
   * warned, once for all formats; that one of these is of no use for a file after all is said by
   * the image ({@link MemoryImage.Builder#ignoring}).
   */
  default Set<ImageOption> options() {
    return Set.of();
  }

  /** Looks at the head (and tail) of a file. Cheap, and never throws on hostile bytes. */
  Probe probe(ImageFile file);

  /**
   * Whether a side file that the user names ({@link OpenOptions#meta}) is one of this format's. The
   * image is then opened with this format, whatever it looks like by itself.
   */
  default boolean readsMeta(ImageFile meta) {
    return false;
  }

  /**
   * The files that an image of this format is in beside the one given, for formats that divide it
   * themselves. Cheap for files of other formats, and never throws on hostile bytes.
   */
  default List<Path> furtherFiles(ImageFile file) {
    return List.of();
  }

  /**
   * Parses the file. Whatever can be read is delivered, with a warning for what can't.
   *
   * @throws ImageException when nothing can be read, or the content is not a machine's memory
   */
  MemoryImage open(ImageFile file, OpenOptions options) throws ImageException;
}
