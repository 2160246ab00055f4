package io.nestwalk.image;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * Something that an image is wrapped in: compression, an archive. Found through {@link
 * java.util.ServiceLoader}.
 */
public interface ImageContainer {

  /** Whether the file's head is that of such a container. */
  boolean recognises(ImageFile file);

  /**
   * Makes the image in the container readable.
   *
   * @param packed the container
   * @param judge what the formats think of a member, of which they see at least the head; the
   *     member with the highest confidence is taken, the largest among equals
   * @return the image's bytes, empty when the file is no such container
   * @throws ImageException when nothing can be unpacked, no member is an image, or a limit on size
   *     or free space stands in the way
   */
  Optional<ImageFile> open(Evidence packed, Function<ImageFile, Probe> judge, OpenOptions options)
      throws ImageException;

  /**
   * Makes one file out of the parts that a file was split into.
   *
   * @param parts the files in order
   * @param name how users know the whole
   * @return the whole, empty when this container joins nothing
   * @throws ImageException when a part can't be read, or a limit on size or free space stands in
   *     the way
   */
  default Optional<ImageFile> join(List<Path> parts, String name, OpenOptions options)
      throws ImageException {
    return Optional.empty();
  }
}
