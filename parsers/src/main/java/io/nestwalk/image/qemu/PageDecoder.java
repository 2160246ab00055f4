package io.nestwalk.image.qemu;

import io.nestwalk.image.BlockDecoder;
import io.nestwalk.image.ImageException;
import io.nestwalk.image.PiecedFile;
import io.nestwalk.image.StoredBlock;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/**
 * Pages that do not stand in the file as they are: packed by zlib, or in two pieces of the file.
 */
final class PageDecoder implements BlockDecoder {

  /** A zlib stream (RAM_SAVE_FLAG_COMPRESS_PAGE). */
  static final int ZLIB = StoredBlock.FIRST_OWN;

  /** The page as it is, across a border between pieces. */
  static final int SCATTERED = StoredBlock.FIRST_OWN + 1;

  private final PiecedFile stream;

  /** The offsets of blocks are places in {@code stream}. */
  PageDecoder(PiecedFile stream) {
    this.stream = stream;
  }

  @Override
  public void decode(StoredBlock block, MemorySegment target) throws ImageException {
    if (block.encoding() == SCATTERED) {
      stream.read(block.offset(), target);
      return;
    }
    Inflater inflater = new Inflater();
    try {
      inflater.setInput(stream.slice(block.offset(), block.storedSize()).asByteBuffer());
      ByteBuffer page = target.asByteBuffer();
      // The writer flushes its encoder after each page and never ends it: so there is no trailer.
      while (page.hasRemaining()) {
        if (inflater.inflate(page) == 0) {
          throw damaged(block, "the page ends after %d bytes".formatted(page.position()));
        }
      }
    } catch (DataFormatException e) {
      throw damaged(block, String.valueOf(e.getMessage()));
    } finally {
      inflater.end();
    }
  }

  private ImageException damaged(StoredBlock block, String how) {
    return new ImageException(
        stream.name(),
        "at 0x%x of the stream: damaged zlib data: %s".formatted(block.offset(), how));
  }
}
