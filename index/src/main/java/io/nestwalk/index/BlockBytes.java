package io.nestwalk.index;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/** The bytes of a {@linkplain RunBlock block} in the making: numbers, the lowest byte first. */
final class BlockBytes {

  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private byte[] bytes;
  private int count;

  /** Nothing yet. */
  BlockBytes(int expected) {
    bytes = new byte[expected + Long.BYTES];
  }

  /**
   * Adds a number.
   *
   * @param width how many of its low bytes, 0 to 8
   */
  void add(long value, int width) {
    if (count + Long.BYTES > bytes.length) {
      bytes = Arrays.copyOf(bytes, 2 * bytes.length);
    }
    // All of it: what follows is written over the bytes that are too many.
    LONG.set(bytes, count, value);
    count += width;
  }

  /** A copy of all that was added. */
  byte[] toArray() {
    return Arrays.copyOf(bytes, count);
  }
}
