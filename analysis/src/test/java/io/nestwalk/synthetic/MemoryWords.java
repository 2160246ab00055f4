package io.nestwalk.synthetic;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * Memory as bytes that a fuzzer can change: a list of stretches, each a page number, an offset, a
 * length and its words. What is not in the list is a hole between pages and zero within them.
 */
public final class MemoryWords {

  /** The first byte behind the highest page that can be named. */
  public static final long END = (long) SparseMemory.PAGE << Short.SIZE;

  private static final int WORDS = SparseMemory.PAGE / Long.BYTES;
  private static final int LONGEST = 127;

  private MemoryWords() {}

  /** All pages of a memory that lie below {@link #END}. */
  public static byte[] encode(SparseMemory memory) {
    List<ByteBuffer> stretches = new ArrayList<>();
    int size = 0;
    for (long page : memory.pages()) {
      int word = 0;
      boolean written = false;
      while (word < WORDS && page < END) {
        int end = word;
        while (end < WORDS && end - word < LONGEST && memory.getLong(page + 8L * end) != 0) {
          end++;
        }
        if (end > word || (word == WORDS - 1 && !written)) {
          ByteBuffer stretch = stretch(memory, page, word, end - word);
          stretches.add(stretch);
          size += stretch.remaining();
          written = true;
        }
        word = Math.max(end, word + 1);
      }
    }
    ByteBuffer all = ByteBuffer.allocate(size);
    stretches.forEach(all::put);
    return all.array();
  }

  private static ByteBuffer stretch(SparseMemory memory, long page, int word, int count) {
    ByteBuffer bytes = ByteBuffer.allocate(4 + 8 * count).order(ByteOrder.LITTLE_ENDIAN);
    bytes.putShort((short) (page / SparseMemory.PAGE)).putShort((short) (word << 7 | count));
    for (int i = 0; i < count; i++) {
      bytes.putLong(memory.getLong(page + 8L * (word + i)));
    }
    return bytes.flip();
  }

  /** The memory that the rest of the bytes describes; the last stretch may be cut. */
  public static SparseMemory decode(ByteBuffer bytes) {
    bytes.order(ByteOrder.LITTLE_ENDIAN);
    SparseMemory memory = new SparseMemory();
    try {
      while (bytes.hasRemaining()) {
        long page = Short.toUnsignedLong(bytes.getShort()) * SparseMemory.PAGE;
        int place = Short.toUnsignedInt(bytes.getShort());
        memory.touch(page, 1);
        int word = place >> 7;
        for (int i = 0; i < (place & LONGEST) && word < WORDS; i++) {
          memory.putLong(page + 8L * word++, bytes.getLong());
        }
      }
    } catch (BufferUnderflowException e) {
      // It ends here.
    }
    return memory;
  }
}
