package io.nestwalk.image;

import java.io.IOException;

/**
 * An image that is no file of this machine: its bytes are read by ranges, from an object store, a
 * distributed file system, or memory. Given to {@link MemoryImages#open(Evidence, OpenOptions)}.
 *
 * <p>Formats read the ranges that they need, in blocks of {@link #blockBytes}, and keep what they
 * read last in a bounded cache; a packed image is read once from its start to its end and unpacked
 * into the user's cache. Files beside the image (a further part, a checkpoint's memory) are not
 * looked for.
 *
 * <p>An implementation is safe for use by several threads at once, and its bytes do not change. Who
 * made it closes it, after the image that was opened from it.
 */
public interface Evidence {

  /** What users know the image as: a URI, a path. Formats without a mark go by its suffix. */
  String name();

  /**
   * What tells these bytes from any others: the name with a version, an entity tag or the time of
   * the last change. What was learned of an image is remembered under it.
   */
  String identity();

  /** How many bytes there are; at least 0. */
  long length();

  /**
   * Reads some of the bytes from {@code position} on.
   *
   * @param position 0 to {@link #length}
   * @param target where they go, from {@code offset} on
   * @param count how many are wanted, at least 1
   * @return how many were read, 1 to {@code count}; -1 when {@code position} is the end
   * @throws IOException when they can't be read. Whoever asked for a value of the image meets it as
   *     a {@link java.io.IOError}: what can't be read now is not missing from the image. An
   *     implementation that tries again does so before it throws.
   */
  int read(long position, byte[] target, int offset, int count) throws IOException;

  /**
   * How many bytes are read at once when few are needed: a power of two from 4096 on. More costs
   * transfer, less costs requests.
   */
  default int blockBytes() {
    return 1 << 16;
  }
}
