package io.nestwalk.image.lime;

import io.airlift.compress.v3.MalformedInputException;
import io.airlift.compress.v3.snappy.SnappyJavaDecompressor;
import io.nestwalk.image.BlockDecoder;
import io.nestwalk.image.ImageException;
import io.nestwalk.image.ImageFile;
import io.nestwalk.image.StoredBlock;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.zip.CRC32C;

/** Decompresses the data of a chunk and holds them against their checksum. */
final class SnappyChunks implements BlockDecoder {

  /** Added to the rotated checksum, so that checksums of checksums do not coincide. */
  private static final int MASK = 0xa282ead8;

  private final ImageFile file;

  SnappyChunks(ImageFile file) {
    this.file = file;
  }

  @Override
  public void decode(StoredBlock block, MemorySegment target) throws ImageException {
    MemorySegment data = file.slice(block.offset(), block.storedSize());
    if (block.encoding() == SnappyChunk.PLAIN) {
      target.copyFrom(data);
    } else {
      decompress(block, data, target);
    }
    CRC32C crc = new CRC32C();
    crc.update(target.asByteBuffer());
    int masked = Integer.rotateRight((int) crc.getValue(), 15) + MASK;
    if (masked != (int) file.intAt(block.offset() - SnappyChunk.CHECKSUM)) {
      throw new ImageException(file.name(), block.offset(), "the checksum is wrong");
    }
  }

  private void decompress(StoredBlock block, MemorySegment data, MemorySegment target)
      throws ImageException {
    int size;
    try {
      // A copy, because the decompressor does not take read-only memory.
      MemorySegment copy = MemorySegment.ofArray(data.toArray(ValueLayout.JAVA_BYTE));
      size = new SnappyJavaDecompressor().decompress(copy, target);
    } catch (MalformedInputException e) {
      throw new ImageException(
          file.name(), "the snappy data at 0x%x are damaged".formatted(block.offset()), e);
    }
    if (size != block.size()) {
      throw new ImageException(
          file.name(),
          block.offset(),
          "%d bytes come out instead of %d".formatted(size, block.size()));
    }
  }
}
