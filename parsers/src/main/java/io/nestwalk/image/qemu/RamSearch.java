package io.nestwalk.image.qemu;

import io.nestwalk.image.ImageException;
import io.nestwalk.image.PiecedFile;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Optional;

/** Looks for the head of the first RAM section, past devices that nothing describes. */
final class RamSearch {

  /** Start, four bytes of number, the name with its length, instance 0, version 4. */
  private static final byte[] NAME = {3, 'r', 'a', 'm', 0, 0, 0, 0, 0, 0, 0, RamReader.VERSION};

  private static final int BEFORE_NAME = 1 + Integer.BYTES;
  private static final int START = 1;

  /** Block migration may put a disk before the RAM; that much of it is not passed over. */
  private static final long MAX_SEARCHED = 256L << 20;

  private static final int WINDOW = 1 << 16;

  private RamSearch() {}

  /** Where the section begins, from {@code from} on. */
  static Optional<Long> find(PiecedFile stream, long from) throws ImageException {
    MemorySegment name = MemorySegment.ofArray(NAME);
    long end = Math.min(stream.length(), from + MAX_SEARCHED);
    for (long start = from; start < end; start += WINDOW) {
      int length = (int) Math.min(WINDOW + BEFORE_NAME + NAME.length, end - start);
      MemorySegment window = stream.slice(start, length);
      for (int i = BEFORE_NAME; i + NAME.length <= length; i++) {
        if (window.get(ValueLayout.JAVA_BYTE, i) == NAME[0]
            && window.get(ValueLayout.JAVA_BYTE, i - BEFORE_NAME) == START
            && window.asSlice(i, NAME.length).mismatch(name) < 0) {
          return Optional.of(start + i - BEFORE_NAME);
        }
      }
    }
    return Optional.empty();
  }
}
