package io.nestwalk.image.hyperv;

import io.nestwalk.image.BlockDecoder;
import io.nestwalk.image.ImageException;
import io.nestwalk.image.ImageFile;
import io.nestwalk.image.StoredBlock;
import io.nestwalk.image.xpress.PlainXpress;
import java.lang.foreign.MemorySegment;
import java.util.zip.DataFormatException;

/** Pages of a saved machine that do not stand in the file as they are. */
record RamDecoder(ImageFile file) implements BlockDecoder {

  /** Packed by plain Xpress. */
  static final int XPRESS = StoredBlock.FIRST_OWN;

  /** Full of eight bytes, which stand at the block's place. */
  static final int PATTERN = StoredBlock.FIRST_OWN + 1;

  @Override
  public void decode(StoredBlock block, MemorySegment target) throws ImageException {
    MemorySegment source = file.slice(block.offset(), block.storedSize());
    if (block.encoding() == PATTERN) {
      for (long at = 0; at + Long.BYTES <= target.byteSize(); at += Long.BYTES) {
        MemorySegment.copy(source, 0, target, at, Long.BYTES);
      }
      return;
    }
    try {
      long length = PlainXpress.decode(source, target);
      if (length != target.byteSize()) {
        throw new DataFormatException("the page ends after %d bytes".formatted(length));
      }
    } catch (DataFormatException e) {
      throw new ImageException(
          file.name(), block.offset(), "damaged Xpress data: " + e.getMessage());
    }
  }
}
