package io.nestwalk.image;

import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * Physical memory in several files, one after the other without a gap. {@link #locate} counts as if
 * the files were one.
 */
final class JoinedMemory implements PhysicalMemory {

  private final long base;
  private final MappedMemory[] parts;
  private final long[] ends;

  /** The part of the last read; a stale value costs a search, never a wrong answer. */
  private int lastPart;

  /**
   * Joins files.
   *
   * @param base physical address of the first file's first byte
   */
  JoinedMemory(long base, List<ImageFile> files) {
    this.base = base;
    parts = new MappedMemory[files.size()];
    ends = new long[parts.length];
    long start = base;
    for (int i = 0; i < parts.length; i++) {
      long length = files.get(i).length();
      parts[i] = MappedMemory.of(files.get(i), List.of(new MemoryRun(start, length, 0)));
      start += length;
      ends[i] = start;
    }
  }

  @Override
  public List<AddressRange> ranges() {
    return List.of(new AddressRange(base, ends[ends.length - 1] - base));
  }

  @Override
  public List<AddressRange> populatedRanges() {
    CoarseRanges found = new CoarseRanges();
    for (MappedMemory part : parts) {
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
    return partOf(address) < 0 ? NOWHERE : address - base;
  }

  private int partOf(long address) {
    if (address < base) {
      return -1;
    }
    int part = lastPart;
    if (address >= ends[part] || (part > 0 && address < ends[part - 1])) {
      part = 0;
      while (part < ends.length && address >= ends[part]) {
        part++;
      }
      if (part == ends.length) {
        return -1;
      }
      lastPart = part;
    }
    return part;
  }
}
