package io.nestwalk.linux;

import io.nestwalk.image.Memory;
import io.nestwalk.linux.kernel.KernelImage;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.zip.CRC32C;

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
  private final CRC32C checksum = new CRC32C();

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

  /**
   * Looks for something among a kernel's variables.
   *
   * @param <T> what is looked for
   */
  @FunctionalInterface
  interface WordTest<T> {

    /**
     * Looks at a word.
     *
     * @param address where it stands; a multiple of 4
     * @param word the word
     * @param next the one after it
     * @return what was looked for, null when it is not here
     */
    T test(long address, int word, int next);
  }

  /** The first place in the kernel's variables where {@code test} answers. */
  static <T> Optional<T> firstVariable(Memory memory, KernelImage image, WordTest<T> test) {
    List<T> found = new ArrayList<>(1);
    ImageScan scan = new ImageScan();
    for (KernelImage.Run run : image.writable()) {
      scan.over(
          memory,
          run.start(),
          run.end(),
          (address, words, count) -> {
            for (int i = 0; i < count; i++) {
              int next = i + 1 < count ? words[i + 1] : 0;
              T result = test.test(address + 4L * i, words[i], next);
              if (result != null) {
                found.add(result);
                return false;
              }
            }
            return true;
          });
      if (!found.isEmpty()) {
        break;
      }
    }
    return found.stream().findFirst();
  }

  /**
   * Shows what is present from {@code start} to {@code end}.
   *
   * @return false when the visitor stopped the scan
   */
  boolean over(Memory memory, long start, long end, Visitor visitor) {
    long address = start & -PAGE;
    while (address != end) {
      int wanted = (int) Math.min(BUFFER, end - address);
      int got = (int) memory.read(address, MemorySegment.ofArray(bytes).asSlice(0, wanted));
      checksum.update(bytes, 0, got);
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

  /** The checksum of all that was shown so far. */
  long checksum() {
    return checksum.getValue();
  }
}
