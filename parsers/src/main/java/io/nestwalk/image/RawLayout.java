package io.nestwalk.image;

import java.util.List;

/**
 * Where the bytes of memory without headers belong: from one address on in one piece, or, when the
 * user names a hole that the file leaves out, in two. Hypervisors' memory files are such: RAM
 * without the hole below 4 GiB.
 */
public final class RawLayout {

  private RawLayout() {}

  /**
   * The runs of a file.
   *
   * @param name what users know the file as
   * @param length of the file; positive
   * @throws ImageException when base or hole do not fit the file
   */
  public static List<MemoryRun> of(String name, long length, OpenOptions options)
      throws ImageException {
    long base = options.base().orElse(0);
    AddressRange hole = options.hole().orElse(new AddressRange(0, 0));
    if (base < 0 || base > Long.MAX_VALUE - length - hole.length()) {
      throw new ImageException(
          name, "memory of 0x%x bytes from 0x%x on would exceed 2^63".formatted(length, base));
    }
    if (hole.length() == 0) {
      return List.of(new MemoryRun(base, length, 0));
    }
    long below = hole.start() - base;
    if (below <= 0 || below >= length) {
      throw new ImageException(
          name,
          "the hole %s is not within the file's memory, which goes from 0x%x to 0x%x without it"
              .formatted(hole, base, base + length));
    }
    return List.of(new MemoryRun(base, below, 0), new MemoryRun(hole.end(), length - below, below));
  }
}
