package io.nestwalk.linux;

import io.nestwalk.image.Memory;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * Shows memory as words, in one pass from start to end, from a buffer: what is looked for in a
 * kernel's image stands aligned.
 */
final class ImageScan {

  private static final int BUFFER = 1 << 18;
  private static final int PAGE = 1 << 12;
  private static final ValueLayout.OfInt LITTLE_INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final int[] words = new int[BUFFER / Integer.BYTES];
  private final byte[] bytes = new byte[BUFFER];

  /** Looks at words. */
  @FunctionalInterface
  interface Visitor {

    /**
     * Looks at a stretch of words.
     *
     * @param address of the first
     * @param words the words
     * @param count how many
     * @return false to stop
     */
    boolean words(long address, int[] words, int count);
  }

  /** Shows what is present from {@code start} to {@code end}. */
  boolean over(Memory memory, long start, long end, Visitor visitor) {
    long address = start & -PAGE;
    while (address != end) {
      int wanted = (int) Math.min(BUFFER, end - address);
      int got = (int) memory.read(address, MemorySegment.ofArray(bytes).asSlice(0, wanted));
      int count = got / Integer.BYTES;
      MemorySegment.copy(MemorySegment.ofArray(bytes), LITTLE_INT, 0, words, 0, count);
      if (count > 0 && !visitor.words(address, words, count)) {
        return false;
      }
      // A gap is as long as the pages that are missing.
      address = got == wanted ? address + wanted : (address + got & -PAGE) + PAGE;
      if (Long.compareUnsigned(address, end) > 0 && end != 0) {
        break;
      }
    }
    return true;
  }
}
