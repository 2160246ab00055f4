package io.nestwalk.image.container;

import io.airlift.compress.v3.MalformedInputException;
import io.airlift.compress.v3.lz4.Lz4JavaDecompressor;
import java.io.IOException;
import java.io.InputStream;

/**
 * Frames of lz4's old form: a magic, then blocks of 8 MiB with their packed size in front, up to
 * the file's end, the next frame's magic, or a size that none has (lz4_Frame_format.md, "Legacy
 * frame").
 */
final class LegacyLz4Member extends InputStream {

  private static final int BLOCK = 8 << 20;

  /** What lz4 makes of a block that can't be packed at all. */
  private static final int MOST_PACKED = BLOCK + BLOCK / 255 + 16;

  private static final int SIZE = Integer.BYTES;

  private static final long MAGIC = 0x184c2102L;

  private final InputStream packed;
  private final byte[] in = new byte[MOST_PACKED];
  private final byte[] out = new byte[BLOCK];
  private int position;
  private int length;
  private boolean ended;

  /**
   * Sets up.
   *
   * @param packed supports mark
   */
  LegacyLz4Member(InputStream packed) throws IOException {
    this.packed = packed;
    packed.skipNBytes(SIZE); // the magic
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) <= 0 ? -1 : Byte.toUnsignedInt(one[0]);
  }

  @Override
  public int read(byte[] target, int offset, int count) throws IOException {
    while (position == length && !ended) {
      nextBlock();
    }
    if (position == length) {
      return -1;
    }
    int read = Math.min(count, length - position);
    System.arraycopy(out, position, target, offset, read);
    position += read;
    return read;
  }

  private void nextBlock() throws IOException {
    position = 0;
    length = 0;
    packed.mark(SIZE);
    byte[] word = packed.readNBytes(SIZE);
    long size = 0;
    for (int i = word.length - 1; i >= 0; i--) {
      size = size << 8 | Byte.toUnsignedInt(word[i]);
    }
    if (size == MAGIC) {
      return;
    }
    if (word.length < SIZE || size == 0 || size > MOST_PACKED) {
      packed.reset();
      ended = true;
      return;
    }
    int there = packed.readNBytes(in, 0, (int) size);
    if (there < size) {
      throw new IOException("the data end within a block");
    }
    try {
      length = new Lz4JavaDecompressor().decompress(in, 0, there, out, 0, BLOCK);
    } catch (MalformedInputException e) {
      throw new IOException(e.getMessage(), e);
    }
  }
}
