package io.nestwalk.image;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A {@link BlockIndex} that keeps four or eight bytes per block where something is stored: 16
 * million pages, 64 GiB of memory, take 64 to 128 MiB; the same full of zeros take next to nothing.
 * Blocks that follow one another in memory form an extent, within which a block is found by
 * arithmetic.
 */
public final class PageIndex implements BlockIndex {

  /** The largest file offset that an entry can hold, exclusive: 8 TiB. */
  public static final long OFFSET_LIMIT = 1L << 43;

  /** The largest stored size that an entry can hold, exclusive. */
  public static final int STORED_SIZE_LIMIT = 1 << 17;

  /** The largest encoding that an entry can hold, exclusive. */
  public static final int ENCODING_LIMIT = 1 << 4;

  private static final int ENCODING_SHIFT = 60;
  private static final int STORED_SIZE_SHIFT = 43;

  private static final long FULL_OF_ZEROS = (long) StoredBlock.FILL << ENCODING_SHIFT;

  /** What the place of a chunk costs on the heap, while a list of them grows. */
  private static final int CHUNK_PLACE_BYTES = 20;

  /** What an extent costs on the heap besides its entries, roughly. */
  private static final int EXTENT_BYTES = 160;

  private final int blockShift;
  private final long[] starts;
  private final long[] ends;
  private final int[] firstEntries;
  private final List<AddressRange> ranges;

  /** Entries by their number, null where all blocks are full of zeros. */
  private final EntryChunk[] chunks;

  /** The extent of the last lookup; a stale value costs a search, never a wrong answer. */
  private int lastExtent;

  private PageIndex(Builder builder) {
    blockShift = builder.blockShift;
    int count = builder.extents.size();
    starts = new long[count];
    ends = new long[count];
    firstEntries = new int[count];
    List<AddressRange> merged = new ArrayList<>();
    int i = 0;
    for (Extent extent : builder.extents.values()) {
      starts[i] = extent.start;
      ends[i] = extent.end;
      firstEntries[i++] = extent.firstEntry;
      long length = extent.end - extent.start;
      if (!merged.isEmpty() && merged.getLast().end() == extent.start) {
        AddressRange last = merged.removeLast();
        merged.add(new AddressRange(last.start(), last.length() + length));
      } else {
        merged.add(new AddressRange(extent.start, length));
      }
    }
    ranges = List.copyOf(merged);
    chunks = builder.chunks.toArray(EntryChunk[]::new);
  }

  /**
   * Starts an index.
   *
   * @param fileName what errors name
   * @param blockSize the size of every block but the last one of a range; a power of two
   */
  public static Builder builder(String fileName, int blockSize) {
    return builder(fileName, blockSize, Runtime.getRuntime().maxMemory() / 2);
  }

  /** Starts an index that is refused when it would take more than so many bytes of the heap. */
  static Builder builder(String fileName, int blockSize, long heapLimit) {
    return new Builder(fileName, blockSize, heapLimit);
  }

  @Override
  public List<AddressRange> ranges() {
    return ranges;
  }

  @Override
  public List<AddressRange> populatedRanges() {
    CoarseRanges found = new CoarseRanges();
    for (int extent = 0; extent < starts.length; extent++) {
      int number = firstEntries[extent];
      long at = starts[extent];
      while (at < ends[extent]) {
        EntryChunk chunk = chunks[number >>> EntryChunk.SHIFT];
        int within = number & (EntryChunk.SIZE - 1);
        int step = chunk == null ? EntryChunk.SIZE - within : 1;
        if (chunk != null && chunk.get(within) != FULL_OF_ZEROS) {
          found.add(at, Math.min(at + (1L << blockShift), ends[extent]));
        }
        at += (long) step << blockShift;
        number += step;
      }
    }
    return found.within(ranges);
  }

  @Override
  public long blockAt(long address) {
    int extent = extentOf(address);
    return extent < 0 ? ABSENT : entryOf(extent, address);
  }

  @Override
  public StoredBlock storedAt(long address) {
    int extent = extentOf(address);
    if (extent < 0) {
      throw new IllegalArgumentException("0x%x is not present".formatted(address));
    }
    int number = entryOf(extent, address);
    EntryChunk chunk = chunks[number >>> EntryChunk.SHIFT];
    long entry = chunk == null ? FULL_OF_ZEROS : chunk.get(number & (EntryChunk.SIZE - 1));
    long start = starts[extent] + ((long) (number - firstEntries[extent]) << blockShift);
    return new StoredBlock(
        start,
        (int) Math.min(1L << blockShift, ends[extent] - start),
        (int) (entry >>> ENCODING_SHIFT),
        entry & (OFFSET_LIMIT - 1),
        (int) (entry >>> STORED_SIZE_SHIFT) & (STORED_SIZE_LIMIT - 1));
  }

  private int entryOf(int extent, long address) {
    return firstEntries[extent] + (int) ((address - starts[extent]) >>> blockShift);
  }

  private int extentOf(long address) {
    int hint = lastExtent;
    if (hint < starts.length && address >= starts[hint] && address < ends[hint]) {
      return hint;
    }
    int found = Spans.find(starts, ends, address);
    if (found >= 0) {
      lastExtent = found;
    }
    return found;
  }

  /** Blocks that follow one another, with entries that follow one another. */
  private static final class Extent {
    private final long start;
    private final int firstEntry;
    private long end;

    Extent(long start, int firstEntry) {
      this.start = start;
      this.firstEntry = firstEntry;
      end = start;
    }
  }

  /**
   * Collects blocks in any order. A block that comes again replaces the earlier one. Blocks need
   * not be aligned, but one that comes again must have the place that it had.
   */
  public static final class Builder {

    private final String fileName;
    private final int blockShift;
    private final TreeMap<Long, Extent> extents = new TreeMap<>();
    private final List<EntryChunk> chunks = new ArrayList<>();
    private final long heapLimit;
    private int count;

    /** What the chunks cost. */
    private long chunkBytes;

    /** The extent that the last new block was added to, and where the next higher one begins. */
    private Extent current;

    private long nextStart;

    private Builder(String fileName, int blockSize, long heapLimit) {
      this.fileName = fileName;
      this.heapLimit = heapLimit;
      if (Integer.bitCount(blockSize) != 1) {
        throw new IllegalArgumentException("block size " + blockSize);
      }
      blockShift = Integer.numberOfTrailingZeros(blockSize);
    }

    /** How many blocks there are. */
    public int count() {
      return count;
    }

    /** Adds a whole block that stands in the file as it is. */
    public Builder addRaw(long address, long offset) throws ImageException {
      return add(address, StoredBlock.RAW, offset, 0);
    }

    /** Adds a whole block that is full of one byte. */
    public Builder addFilled(long address, byte value) throws ImageException {
      return add(address, StoredBlock.FILL, Byte.toUnsignedLong(value), 0);
    }

    /** Adds a whole block; see {@link StoredBlock} for what the values mean. */
    public Builder add(long address, int encoding, long offset, int storedSize)
        throws ImageException {
      return add(address, 1 << blockShift, encoding, offset, storedSize);
    }

    /**
     * Adds a block; see {@link StoredBlock} for what the values mean.
     *
     * @param size how many bytes it is; less than a whole block only at the end of a range
     * @throws ImageException when the address, offset or size is none that a dump can have, the
     *     block overlaps another one without being in its place, or the index grows too large for
     *     the heap
     */
    public Builder add(long address, int size, int encoding, long offset, int storedSize)
        throws ImageException {
      if (address < 0 || address > Long.MAX_VALUE - size) {
        throw refused(address, "is beyond 2^63");
      }
      if (offset < 0 || offset >= OFFSET_LIMIT) {
        throw refused(address, "is stored at 0x%x, beyond 8 TiB".formatted(offset));
      }
      if (storedSize < 0 || storedSize >= STORED_SIZE_LIMIT) {
        throw refused(address, "is stored in %d bytes".formatted(storedSize));
      }
      if (size <= 0 || size > 1 << blockShift || encoding < 0 || encoding >= ENCODING_LIMIT) {
        throw new IllegalArgumentException("size %d, encoding %d".formatted(size, encoding));
      }
      long entry =
          ((long) encoding << ENCODING_SHIFT) | ((long) storedSize << STORED_SIZE_SHIFT) | offset;
      if (current == null || address != current.end || !endsWhole(current)) {
        Extent there = extentOf(address);
        if (there != null) {
          replace(there, address, size, entry);
          return this;
        }
        current = new Extent(address, count);
        Map.Entry<Long, Extent> next = extents.higherEntry(address);
        nextStart = next == null ? Long.MAX_VALUE : next.getKey();
      } else if (address == nextStart) {
        replace(extents.get(address), address, size, entry);
        return this;
      }
      if (address + size > nextStart) {
        current = null;
        throw refused(address, "overlaps the one at 0x%x".formatted(nextStart));
      }
      append(entry);
      if (current.end == current.start) {
        extents.put(current.start, current);
      }
      current.end += size;
      return this;
    }

    /** Whether the block that holds {@code address} was added. */
    public boolean holds(long address) {
      return extentOf(address) != null;
    }

    /** The index of what was added. The builder is not to be used again. */
    public PageIndex build() {
      return new PageIndex(this);
    }

    private boolean endsWhole(Extent extent) {
      return ((extent.end - extent.start) & ((1L << blockShift) - 1)) == 0;
    }

    private Extent extentOf(long address) {
      Map.Entry<Long, Extent> floor = extents.floorEntry(address);
      return floor != null && address < floor.getValue().end ? floor.getValue() : null;
    }

    private void replace(Extent extent, long address, int size, long entry) throws ImageException {
      long within = address - extent.start;
      long blockSize = Math.min(1L << blockShift, extent.end - address);
      if ((within & ((1L << blockShift) - 1)) != 0 || size != blockSize) {
        throw refused(address, "overlaps another one in part");
      }
      int number = extent.firstEntry + (int) (within >>> blockShift);
      set(number, entry);
    }

    private void append(long entry) throws ImageException {
      if ((count & (EntryChunk.SIZE - 1)) == 0) {
        charge(CHUNK_PLACE_BYTES);
        chunks.add(null);
      }
      if (entry != FULL_OF_ZEROS) {
        set(count, entry);
      }
      count++;
    }

    private void set(int number, long entry) throws ImageException {
      int place = number >>> EntryChunk.SHIFT;
      EntryChunk chunk = chunks.get(place);
      if (chunk == null) {
        if (entry == FULL_OF_ZEROS) {
          return;
        }
        charge(EntryChunk.NARROW_BYTES);
        chunk = new EntryChunk(FULL_OF_ZEROS, entry);
        chunks.set(place, chunk);
      } else if (chunk.widensFor(entry)) {
        charge(EntryChunk.WIDENING_BYTES);
      }
      chunk.set(number & (EntryChunk.SIZE - 1), entry);
    }

    /** Asked before anything is allocated; what was added already is paid for by the file. */
    private void charge(int bytes) throws ImageException {
      chunkBytes += bytes;
      if (chunkBytes + (long) extents.size() * EXTENT_BYTES > heapLimit
          || count > Integer.MAX_VALUE - EntryChunk.SIZE) {
        throw new ImageException(
            fileName,
            "%d blocks of memory in %d ranges need more heap than there is; allow more with -Xmx"
                .formatted(count, extents.size()));
      }
    }

    private ImageException refused(long address, String rule) {
      return new ImageException(
          fileName, "the block of memory at address 0x%x %s".formatted(address, rule));
    }
  }
}
