package io.nestwalk.image.aff4;

import io.nestwalk.image.AddressRange;
import io.nestwalk.image.BlockDecoder;
import io.nestwalk.image.BlockIndex;
import io.nestwalk.image.ImageException;
import io.nestwalk.image.StoredBlock;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * Ranges of physical memory, each a stretch of a stream. A block is what one chunk holds of one
 * range.
 */
final class MappedStreams implements BlockIndex, BlockDecoder {

  private static final int PAGE = 4096;

  private static final int PACKED = StoredBlock.FIRST_OWN;

  /**
   * A range that is there.
   *
   * @param start physical address of the first byte
   * @param end one past the last
   * @param stream what holds it; null for zeros that are stored nowhere
   * @param offset where in the stream it begins
   * @param firstBlock the number of its first block
   */
  record Range(long start, long end, ImageStream stream, long offset, long firstBlock) {

    private static final int ZEROS = 1 << 16;

    int chunkSize() {
      return stream == null ? ZEROS : stream.chunkSize();
    }

    /** The place of an address in the stream; zeros are as if they stood at their addresses. */
    long place(long address) {
      return (stream == null ? start % ZEROS : offset) + (address - start);
    }

    long chunk(long address) {
      return place(address) / chunkSize();
    }

    /** How many blocks there are. */
    long blocks() {
      return chunk(end - 1) - chunk(start) + 1;
    }
  }

  private final List<Range> ranges;
  private final long[] starts;

  MappedStreams(List<Range> ranges) {
    this.ranges = List.copyOf(ranges);
    starts = ranges.stream().mapToLong(Range::start).toArray();
  }

  @Override
  public List<AddressRange> ranges() {
    return merged(ranges);
  }

  @Override
  public List<AddressRange> populatedRanges() {
    if (ranges.stream().anyMatch(range -> (range.start | range.end) % PAGE != 0)) {
      return ranges();
    }
    return merged(ranges.stream().filter(range -> range.stream != null).toList());
  }

  private static List<AddressRange> merged(List<Range> ranges) {
    List<AddressRange> merged = new ArrayList<>();
    for (Range range : ranges) {
      if (!merged.isEmpty() && merged.getLast().end() == range.start) {
        long start = merged.removeLast().start();
        merged.add(new AddressRange(start, range.end - start));
      } else {
        merged.add(new AddressRange(range.start, range.end - range.start));
      }
    }
    return List.copyOf(merged);
  }

  @Override
  public long blockAt(long address) {
    int at = rangeOf(address);
    if (at < 0) {
      return ABSENT;
    }
    Range range = ranges.get(at);
    return range.firstBlock + range.chunk(address) - range.chunk(range.start);
  }

  @Override
  public StoredBlock storedAt(long address) {
    Range range = ranges.get(rangeOf(address));
    long chunk = range.chunk(address);
    long chunkStart = range.start + (chunk * range.chunkSize() - range.place(range.start));
    long start = Math.max(range.start, chunkStart);
    long end = Math.min(range.end, chunkStart + range.chunkSize());
    int size = (int) (end - start);
    if (range.stream == null) {
      return new StoredBlock(start, size, StoredBlock.FILL, 0, 0);
    }
    if (range.stream.has(chunk) && range.stream.isPlain(chunk)) {
      long offset = range.stream.offset(chunk) + (start - chunkStart);
      return new StoredBlock(start, size, StoredBlock.RAW, offset, size);
    }
    return new StoredBlock(start, size, PACKED, 0, 0);
  }

  @Override
  public void decode(StoredBlock block, MemorySegment target) throws ImageException {
    Range range = ranges.get(rangeOf(block.start()));
    long chunk = range.chunk(block.start());
    if (!range.stream.has(chunk)) {
      throw new ImageException("chunk", chunk + " is not in the volume");
    }
    range.stream.unpack(chunk, range.place(block.start()) % range.chunkSize(), target);
  }

  /** The index of the range that holds an address, or -1. */
  private int rangeOf(long address) {
    int low = 0;
    int high = starts.length - 1;
    while (low <= high) {
      int middle = (low + high) >>> 1;
      if (address < starts[middle]) {
        high = middle - 1;
      } else if (address >= ranges.get(middle).end) {
        low = middle + 1;
      } else {
        return middle;
      }
    }
    return -1;
  }
}
