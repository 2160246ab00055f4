package io.nestwalk.image.virtualbox;

import io.nestwalk.image.BlockDecoder;
import io.nestwalk.image.ImageException;
import io.nestwalk.image.ImageFile;
import io.nestwalk.image.StoredBlock;
import java.lang.foreign.MemorySegment;

/** Brings back a page that stands in a packed record or in several records. */
final class PageRecords implements BlockDecoder {

  /** The page begins in the record at the offset, that many bytes into it. */
  static final int IN_RECORDS = StoredBlock.FIRST_OWN;

  private final ImageFile file;

  PageRecords(ImageFile file) {
    this.file = file;
  }

  @Override
  public void decode(StoredBlock block, MemorySegment target) throws ImageException {
    UnitStream stream = new UnitStream(file, block.offset());
    stream.skip(block.storedSize());
    stream.read(target);
  }
}
