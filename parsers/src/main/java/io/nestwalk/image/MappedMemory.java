package io.nestwalk.image;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.List;
import java.util.function.Supplier;

/**
 * Physical memory that lies plainly in a mapped file, as runs. Read in place: nothing is copied,
 * nothing is allocated by the reads of one value.
 */
public final class MappedMemory extends RunMemory {

  private final MappedBytes file;

  /** The file for reading in large pieces, null where there is none. */
  private final FileChannel channel;

  private final Supplier<FileExtents> extents;

  private MappedMemory(
      MappedBytes file, FileChannel channel, Supplier<FileExtents> extents, List<MemoryRun> runs) {
    super(withoutOverlap(runs, file.size()));
    this.file = file;
    this.channel = channel;
    this.extents = extents;
  }

  /** Memory of a file that can also be read in large pieces, and whose holes are known. */
  MappedMemory(ImageFile file, List<MemoryRun> runs) {
    this(file.mapped(), file.channel(), file::extents, runs);
  }

  /**
   * Memory made of {@code runs} of {@code file}. Where runs overlap, the one that stands first in
   * the list wins; what reaches beyond the end of the file is left out.
   */
  public static MappedMemory of(MemorySegment file, List<MemoryRun> runs) {
    return new MappedMemory(
        MappedBytes.inMemory(file), null, () -> FileExtents.whole(file.byteSize()), runs);
  }

  @Override
  long fileBytes() {
    return file.size();
  }

  @Override
  FileExtents extents() {
    return extents.get();
  }

  @Override
  public long getLong(long address, long ifMissing) {
    Near hint = near;
    long offset = address - hint.start();
    if (hint.holds(offset, Long.BYTES)) {
      return file.getLong(hint.place() + offset);
    }
    int run = runOf(address);
    if (run < 0) {
      return ifMissing;
    }
    if (ends[run] - address < Long.BYTES) {
      return Memory.assembleLong(this, address, ifMissing);
    }
    return file.getLong(offsets[run] + (address - starts[run]));
  }

  @Override
  public void getLongs(long address, long[] target, int from, int count, long ifMissing) {
    int run = runOf(address);
    if (run >= 0 && ends[run] - address >= (long) count * Long.BYTES) {
      file.getLongs(offsets[run] + (address - starts[run]), target, from, count);
    } else {
      super.getLongs(address, target, from, count, ifMissing);
    }
  }

  @Override
  public int getInt(long address, int ifMissing) {
    int run = runOf(address);
    if (run < 0) {
      return ifMissing;
    }
    if (ends[run] - address < Integer.BYTES) {
      return Memory.assembleInt(this, address, ifMissing);
    }
    return file.getInt(offsets[run] + (address - starts[run]));
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
    if (run < 0) {
      return MemorySegment.NULL;
    }
    return file.slice(
        offsets[run] + (address - starts[run]), Math.min(maxBytes, ends[run] - address));
  }

  @Override
  public MemorySegment sequentialView(long address, MemorySegment scratch) {
    int run = runOf(address);
    if (channel == null || run < 0) {
      return view(address, scratch.byteSize());
    }
    MemorySegment copy = scratch.asSlice(0, Math.min(scratch.byteSize(), ends[run] - address));
    ByteBuffer buffer = copy.asByteBuffer();
    long start = offsets[run] + (address - starts[run]);
    try {
      while (buffer.hasRemaining()) {
        if (channel.read(buffer, start + buffer.position()) < 0) {
          return view(address, scratch.byteSize());
        }
      }
    } catch (IOException e) {
      // The mapping tells what is wrong, if anything is.
      return view(address, scratch.byteSize());
    }
    return copy;
  }
}
