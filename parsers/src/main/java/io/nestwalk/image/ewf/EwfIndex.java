package io.nestwalk.image.ewf;

import io.nestwalk.image.AddressRange;
import io.nestwalk.image.BlockDecoder;
import io.nestwalk.image.BlockIndex;
import io.nestwalk.image.ImageException;
import io.nestwalk.image.ImageFile;
import io.nestwalk.image.StoredBlock;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/** The chunks by the tables in the files, and what brings them back. */
final class EwfIndex implements BlockIndex, BlockDecoder {

  /** The largest chunk that EnCase makes: 32,768 sectors. */
  static final long MAX_CHUNK = 16L << 20;

  /** No machine has so much memory. */
  static final long MAX_BYTES = 1L << 52;

  /** Packed by zlib; the block's place is the chunk's number. */
  private static final int PACKED = StoredBlock.FIRST_OWN;

  /** Plain, in a file that is not the first. */
  private static final int ELSEWHERE = StoredBlock.FIRST_OWN + 1;

  private static final long PACKED_FLAG = 1L << 31;

  private final List<ImageFile> files;
  private final List<Sections.Table> tables;
  private final long chunkSize;
  private final long base;
  private final long bytes;

  /**
   * Sets up.
   *
   * @param base physical address of the first byte
   */
  EwfIndex(List<ImageFile> files, Sections sections, long base) {
    this.files = List.copyOf(files);
    this.base = base;
    tables = sections.tables();
    chunkSize = sections.volume().chunkSize();
    long chunks = tables.getLast().first() + tables.getLast().count();
    bytes =
        chunks > MAX_BYTES / chunkSize
            ? sections.volume().bytes()
            : Math.min(sections.volume().bytes(), chunks * chunkSize);
  }

  /** How many bytes of the image are listed in tables. */
  long bytes() {
    return bytes;
  }

  @Override
  public List<AddressRange> ranges() {
    return List.of(new AddressRange(base, bytes));
  }

  @Override
  public long blockAt(long address) {
    return address >= base && address - base < bytes ? (address - base) / chunkSize : ABSENT;
  }

  @Override
  public StoredBlock storedAt(long address) {
    long chunk = blockAt(address);
    if (chunk == ABSENT) {
      throw new IllegalArgumentException("0x%x is not present".formatted(address));
    }
    long start = base + chunk * chunkSize;
    int size = (int) Math.min(chunkSize, base + bytes - start);
    Sections.Table table = tableOf(chunk);
    long entry = entry(table, chunk);
    long offset = table.base() + (entry & ~PACKED_FLAG);
    boolean isPacked = (entry & PACKED_FLAG) != 0;
    if (!isPacked && table.segment() == 0 && files.getFirst().holds(offset, size)) {
      return new StoredBlock(start, size, StoredBlock.RAW, offset, size);
    }
    return new StoredBlock(start, size, isPacked ? PACKED : ELSEWHERE, chunk, size);
  }

  @Override
  public void decode(StoredBlock block, MemorySegment target) throws ImageException {
    Sections.Table table = tableOf(block.offset());
    ImageFile file = files.get(table.segment());
    long offset = table.base() + (entry(table, block.offset()) & ~PACKED_FLAG);
    long end = end(table, block.offset());
    if (block.encoding() == ELSEWHERE) {
      if (!file.holds(offset, block.size())) {
        throw new ImageException(file.name(), offset, "a chunk beyond the end of the file");
      }
      file.copy(offset, target);
      return;
    }
    if (end <= offset || end - offset > 2 * MAX_CHUNK || !file.holds(offset, end - offset)) {
      throw new ImageException(
          file.name(), offset, "a packed chunk of %d bytes".formatted(end - offset));
    }
    Inflater inflater = new Inflater();
    try {
      inflater.setInput(file.slice(offset, end - offset).asByteBuffer());
      ByteBuffer chunk = target.asByteBuffer();
      while (chunk.hasRemaining()) {
        if (inflater.inflate(chunk) == 0) {
          throw new ImageException(
              file.name(), offset, "a chunk that ends after %d bytes".formatted(chunk.position()));
        }
      }
    } catch (DataFormatException e) {
      throw new ImageException(file.name(), offset, "damaged zlib data: " + e.getMessage());
    } finally {
      inflater.end();
    }
  }

  /** Where a packed chunk ends: where the next one begins, or the data of its table. */
  private long end(Sections.Table table, long chunk) {
    if (chunk + 1 < table.first() + table.count()) {
      long next = table.base() + (entry(table, chunk + 1) & ~PACKED_FLAG);
      long start = table.base() + (entry(table, chunk) & ~PACKED_FLAG);
      if (next > start) {
        return Math.min(next, files.get(table.segment()).length());
      }
    }
    return table.dataEnd();
  }

  private long entry(Sections.Table table, long chunk) {
    try {
      return files
          .get(table.segment())
          .intAt(table.entries() + (chunk - table.first()) * Integer.BYTES);
    } catch (ImageException e) {
      // The table was checked to lie within the file when it was read.
      throw new IllegalStateException(e);
    }
  }

  private Sections.Table tableOf(long chunk) {
    int low = 0;
    int high = tables.size() - 1;
    while (low < high) {
      int middle = (low + high + 1) >>> 1;
      if (tables.get(middle).first() <= chunk) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    return tables.get(low);
  }
}
