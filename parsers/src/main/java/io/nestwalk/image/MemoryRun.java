package io.nestwalk.image;

/**
 * A stretch of physical memory that is stored as it is, in one piece, in a file.
 *
 * @param start physical address of the first byte; not negative
 * @param length how many bytes; positive
 * @param fileOffset where the first byte stands in the (unpacked) file
 */
public record MemoryRun(long start, long length, long fileOffset) {

  /** Refuses what no physical memory has. */
  public MemoryRun {
    if (start < 0 || length <= 0 || fileOffset < 0 || start + length < 0) {
      throw new IllegalArgumentException(
          "run 0x%x+0x%x at 0x%x".formatted(start, length, fileOffset));
    }
  }

  /** One past the last address. */
  public long end() {
    return start + length;
  }
}
