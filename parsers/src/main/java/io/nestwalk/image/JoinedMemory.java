package io.nestwalk.image;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * Physical memory in several files, one after the other without a gap. {@link #locate} counts as if
 * the files were one.
 */
final class JoinedMemory implements PhysicalMemory {

  /** What one file holds of one run. */
  private record Piece(RunMemory memory, long start, long end, long offset) {}

  private final RunMemory[] parts;
  private final long[] starts;
  private final long[] ends;
  private final long[] offsets;
  private final List<AddressRange> ranges;

  /** The part of the last read; a stale value costs a search, never a wrong answer. */
  private int lastPart;

  /**
   * Joins files.
   *
   * @param runs where the bytes of all files together belong; ascending, without overlap
   */
  JoinedMemory(List<MemoryRun> runs, List<ImageFile> files) {
    List<Piece> pieces = new ArrayList<>();
    for (MemoryRun run : runs) {
      long before = 0;
      for (ImageFile file : files) {
        long from = Math.max(run.fileOffset(), before);
        long to = Math.min(run.fileOffset() + run.length(), before + file.length());
        if (from < to) {
          long start = run.start() + (from - run.fileOffset());
          MemoryRun inFile = new MemoryRun(start, to - from, from - before);
          pieces.add(
              new Piece(RunMemory.of(file, List.of(inFile)), start, start + inFile.length(), from));
        }
        before += file.length();
      }
    }
    parts = pieces.stream().map(Piece::memory).toArray(RunMemory[]::new);
    starts = pieces.stream().mapToLong(Piece::start).toArray();
    ends = pieces.stream().mapToLong(Piece::end).toArray();
    offsets = pieces.stream().mapToLong(Piece::offset).toArray();
    ranges = runs.stream().map(run -> new AddressRange(run.start(), run.length())).toList();
  }

  @Override
  public List<AddressRange> ranges() {
    return ranges;
  }

  @Override
  public List<AddressRange> populatedRanges() {
    CoarseRanges found = new CoarseRanges();
    for (RunMemory part : parts) {
      part.populatedRanges().forEach(range -> found.add(range.start(), range.end()));
    }
    return found.within(ranges());
  }

  @Override
  public long getLong(long address, long ifMissing) {
    int part = partOf(address);
    if (part < 0) {
      return ifMissing;
    }
    return ends[part] - address < Long.BYTES
        ? Memory.assembleLong(this, address, ifMissing)
        : parts[part].getLong(address, ifMissing);
  }

  @Override
  public int getInt(long address, int ifMissing) {
    int part = partOf(address);
    if (part < 0) {
      return ifMissing;
    }
    return ends[part] - address < Integer.BYTES
        ? Memory.assembleInt(this, address, ifMissing)
        : parts[part].getInt(address, ifMissing);
  }

  @Override
  public int getByte(long address) {
    int part = partOf(address);
    return part < 0 ? -1 : parts[part].getByte(address);
  }

  @Override
  public boolean isPresent(long address) {
    int part = partOf(address);
    return part >= 0 && parts[part].isPresent(address);
  }

  @Override
  public long read(long address, MemorySegment target) {
    long copied = 0;
    while (copied < target.byteSize()) {
      int part = partOf(address + copied);
      if (part < 0) {
        break;
      }
      copied += parts[part].read(address + copied, target.asSlice(copied));
    }
    return copied;
  }

  @Override
  public MemorySegment view(long address, long maxBytes) {
    int part = partOf(address);
    return part < 0 ? MemorySegment.NULL : parts[part].view(address, maxBytes);
  }

  @Override
  public MemorySegment sequentialView(long address, MemorySegment scratch) {
    int part = partOf(address);
    return part < 0 ? MemorySegment.NULL : parts[part].sequentialView(address, scratch);
  }

  @Override
  public long locate(long address) {
    int part = partOf(address);
    return part < 0 ? NOWHERE : offsets[part] + (address - starts[part]);
  }

  private int partOf(long address) {
    int part = lastPart;
    if (part < starts.length && address >= starts[part] && address < ends[part]) {
      return part;
    }
    int found = Spans.find(starts, ends, address);
    if (found >= 0) {
      lastPart = found;
    }
    return found;
  }
}
