package io.nestwalk.image;

import java.lang.foreign.MemorySegment;
import java.util.List;

/** Physical memory that lies plainly, as runs, in something that is read by ranges. */
final class RangedMemory extends RunMemory {

  private final RangedBytes file;

  RangedMemory(RangedBytes file, List<MemoryRun> runs) {
    super(withoutOverlap(runs, file.length()));
    this.file = file;
  }

  @Override
  long fileBytes() {
    return file.length();
  }

  @Override
  FileExtents extents() {
    return FileExtents.whole(file.length());
  }

  @Override
  public long getLong(long address, long ifMissing) {
    int run = runOf(address);
    if (run < 0) {
      return ifMissing;
    }
    return ends[run] - address < Long.BYTES
        ? Memory.assembleLong(this, address, ifMissing)
        : file.getLong(offsets[run] + (address - starts[run]));
  }

  @Override
  public int getInt(long address, int ifMissing) {
    int run = runOf(address);
    if (run < 0) {
      return ifMissing;
    }
    return ends[run] - address < Integer.BYTES
        ? Memory.assembleInt(this, address, ifMissing)
        : file.getInt(offsets[run] + (address - starts[run]));
  }

  @Override
  public int getByte(long address) {
    int run = runOf(address);
    return run < 0 ? -1 : file.getByte(offsets[run] + (address - starts[run]));
  }

  @Override
  public long read(long address, MemorySegment target) {
    long copied = 0;
    int run;
    while (copied < target.byteSize() && (run = runOf(address + copied)) >= 0) {
      long from = address + copied;
      long count = Math.min(target.byteSize() - copied, ends[run] - from);
      file.copy(offsets[run] + (from - starts[run]), target.asSlice(copied, count));
      copied += count;
    }
    return copied;
  }

  @Override
  public MemorySegment view(long address, long maxBytes) {
    int run = runOf(address);
    return run < 0
        ? MemorySegment.NULL
        : file.view(
            offsets[run] + (address - starts[run]), Math.min(maxBytes, ends[run] - address));
  }

  @Override
  public MemorySegment sequentialView(long address, MemorySegment scratch) {
    int run = runOf(address);
    if (run < 0) {
      return MemorySegment.NULL;
    }
    MemorySegment target = scratch.asSlice(0, Math.min(scratch.byteSize(), ends[run] - address));
    file.copy(offsets[run] + (address - starts[run]), target);
    return target;
  }
}
