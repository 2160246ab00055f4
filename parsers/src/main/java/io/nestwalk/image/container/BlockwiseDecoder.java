package io.nestwalk.image.container;

import java.io.IOException;
import java.io.InputStream;

/**
 * One member that is undone from blocks of the packed file. Where the member ends within a block,
 * the rest of the block is given back.
 */
abstract class BlockwiseDecoder extends InputStream {

  /** The most that {@link #nextBlock} gives at once. */
  static final int BLOCK = 1 << 15;

  private final InputStream packed;

  /**
   * Sets up.
   *
   * @param packed supports mark
   */
  BlockwiseDecoder(InputStream packed) {
    this.packed = packed;
  }

  /** The packed file's next bytes; an exception at its end, which lies within the member. */
  final byte[] nextBlock() throws IOException {
    packed.mark(BLOCK);
    byte[] block = packed.readNBytes(BLOCK);
    if (block.length == 0) {
      throw new IOException("the data end within a member");
    }
    return block;
  }

  /** Only {@code used} bytes of the last block belonged to the member. */
  final void giveBackBehind(int used) throws IOException {
    packed.reset();
    packed.skipNBytes(used);
  }

  @Override
  public final int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) <= 0 ? -1 : Byte.toUnsignedInt(one[0]);
  }

  @Override
  public abstract int read(byte[] target, int offset, int count) throws IOException;
}
