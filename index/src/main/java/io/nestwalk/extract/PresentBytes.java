package io.nestwalk.extract;

import io.nestwalk.image.Memory;

/** Reads memory that has holes. */
public final class PresentBytes {

  private static final int PAGE = 1 << 12;

  private PresentBytes() {}

  /**
   * Fills a block; what memory lacks stays as it is.
   *
   * @return how many bytes memory lacks
   */
  public static long read(Memory memory, long address, byte[] block) {
    long missing = 0;
    int done = 0;
    while (done < block.length) {
      byte[] bytes = memory.readBytes(address + done, block.length - done);
      System.arraycopy(bytes, 0, block, done, bytes.length);
      done += bytes.length;
      if (done < block.length) {
        int hole = (int) Math.min(block.length - done, PAGE - ((address + done) & (PAGE - 1)));
        missing += hole;
        done += hole;
      }
    }
    return missing;
  }
}
