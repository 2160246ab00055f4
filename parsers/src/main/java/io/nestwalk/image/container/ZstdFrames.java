package io.nestwalk.image.container;

import com.github.luben.zstd.ZstdDecompressCtx;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;

/** The frames of a zstd file. They share what is large: a file may have millions of small ones. */
final class ZstdFrames implements Members.Opener {

  private static final int OUT = 1 << 17;

  private final ZstdDecompressCtx context = new ZstdDecompressCtx();
  private final ByteBuffer out = ByteBuffer.allocateDirect(OUT);
  private final ByteBuffer in = ByteBuffer.allocateDirect(BlockwiseDecoder.BLOCK);

  /** Allows windows up to {@code maxWindowLog}, as a power of two. */
  ZstdFrames(int maxWindowLog) {
    context.setLongMax(maxWindowLog);
  }

  @Override
  public InputStream open(InputStream packed) {
    out.clear().limit(0);
    in.clear().limit(0);
    return new Frame(packed);
  }

  @Override
  public void close() {
    context.close();
  }

  /** The frame that is read just now. */
  private final class Frame extends BlockwiseDecoder {

    private boolean ended;

    Frame(InputStream packed) {
      super(packed);
    }

    @Override
    public int read(byte[] target, int offset, int count) throws IOException {
      while (!out.hasRemaining() && !ended) {
        fill();
      }
      if (!out.hasRemaining()) {
        return -1;
      }
      int read = Math.min(count, out.remaining());
      out.get(target, offset, read);
      return read;
    }

    private void fill() throws IOException {
      out.clear();
      try {
        while (out.position() == 0 && !ended) {
          if (!in.hasRemaining()) {
            in.clear().put(nextBlock()).flip();
          }
          ended = context.decompressDirectByteBufferStream(out, in);
        }
        if (ended) {
          giveBackBehind(in.position());
        }
      } catch (RuntimeException e) {
        throw new IOException(e.getMessage(), e);
      } finally {
        out.flip();
      }
    }
  }
}
