package io.nestwalk.image;

import java.util.ArrayList;
import java.util.List;

/**
 * Where the bytes of memory without headers belong: from one address on in one piece, or in several
 * around the holes that the file leaves out. Hypervisors' memory files are such (RAM without the
 * hole below 4 GiB), and what LiME writes as raw (all ranges of RAM one after the other).
 */
public final class RawLayout {

  private RawLayout() {}

  /**
   * The runs of a file.
   *
   * @param name what users know the file as
   * @param length of the file; positive
   * @throws ImageException when base or holes do not fit the file
   */
  public static List<MemoryRun> of(String name, long length, OpenOptions options)
      throws ImageException {
    long base = options.base().orElse(0);
    long left = length;
    for (AddressRange hole : options.holes()) {
      left = left > Long.MAX_VALUE - hole.length() ? Long.MAX_VALUE : left + hole.length();
    }
    if (base < 0 || base > Long.MAX_VALUE - left) {
      throw new ImageException(
          name, "memory of 0x%x bytes from 0x%x on would exceed 2^63".formatted(length, base));
    }
    List<MemoryRun> runs = new ArrayList<>();
    long start = base;
    long offset = 0;
    for (AddressRange hole : options.holes()) {
      long below = hole.start() - start;
      if (below <= 0 || below >= length - offset) {
        throw new ImageException(
            name,
            "the hole %s is not within the file's memory, which goes from 0x%x to 0x%x without it"
                .formatted(hole, start, start + length - offset));
      }
      runs.add(new MemoryRun(start, below, offset));
      start = hole.end();
      offset += below;
    }
    runs.add(new MemoryRun(start, length - offset, offset));
    return List.copyOf(runs);
  }
}
