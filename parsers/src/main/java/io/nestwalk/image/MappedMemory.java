package io.nestwalk.image;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.function.Supplier;

/**
 * Physical memory that lies plainly in a mapped file, as runs. Read in place: nothing is copied,
 * nothing is allocated by the reads of one value.
 */
public final class MappedMemory implements PhysicalMemory {

  /** So many pieces of runs between holes are told apart. */
  private static final int MOST_PIECES = 1 << 22;

  private final MemorySegment file;
  private final long[] starts;
  private final long[] ends;
  private final long[] offsets;
  private final List<MemoryRun> runs;
  private final List<AddressRange> ranges;

  private final Near[] nears;

  /**
   * The run of the last read: reads cluster. A stale value costs a search, never a wrong answer;
   * its fields are final, so that another thread sees one run or another and no mixture.
   */
  private Near near = new Near(0, 0, 0, 0);

  /** The file for reading in large pieces, null where there is none. */
  private final FileChannel channel;

  private final Supplier<FileExtents> extents;

  /** Computed when first asked for. */
  private volatile List<AddressRange> populated;

  private MappedMemory(
      MemorySegment file,
      FileChannel channel,
      Supplier<FileExtents> extents,
      List<MemoryRun> runs) {
    this.file = file;
    this.channel = channel;
    this.extents = extents;
    this.runs = runs;
    starts = runs.stream().mapToLong(MemoryRun::start).toArray();
    ends = runs.stream().mapToLong(MemoryRun::end).toArray();
    offsets = runs.stream().mapToLong(MemoryRun::fileOffset).toArray();
    ranges = mergeAdjacent(runs);
    nears = new Near[runs.size()];
    for (int i = 0; i < nears.length; i++) {
      nears[i] = new Near(i, starts[i], runs.get(i).length(), offsets[i]);
    }
  }

  /** A run that is near: where it starts, how long it is, where it stands in the file. */
  private record Near(int run, long start, long length, long place) {

    /** Whether {@code size} bytes from {@code offset} on are in it. */
    boolean holds(long offset, int size) {
      return offset >= 0 && offset <= length - size;
    }
  }

  /**
   * Memory made of {@code runs} of {@code file}. Where runs overlap, the one that stands first in
   * the list wins; what reaches beyond the end of the file is left out.
   */
  public static MappedMemory of(MemorySegment file, List<MemoryRun> runs) {
    return new MappedMemory(
        file,
        null,
        () -> FileExtents.whole(file.byteSize()),
        withoutOverlap(runs, file.byteSize()));
  }

  /** The same of a file that can also be read in large pieces, and whose holes are known. */
  public static MappedMemory of(ImageFile file, List<MemoryRun> runs) {
    return new MappedMemory(
        file.bytes(), file.channel(), file::extents, withoutOverlap(runs, file.bytes().byteSize()));
  }

  /** The runs in ascending order, free of overlap, within the file. */
  public List<MemoryRun> runs() {
    return runs;
  }

  @Override
  public List<AddressRange> ranges() {
    return ranges;
  }

  @Override
  public List<AddressRange> populatedRanges() {
    List<AddressRange> known = populated;
    if (known == null) {
      FileExtents stored = extents.get();
      known = stored.isWhole(file.byteSize()) ? ranges : findPopulated(stored);
      populated = known;
    }
    return known;
  }

  /** The runs without what are holes in the file. */
  private List<AddressRange> findPopulated(FileExtents stored) {
    CoarseRanges found = new CoarseRanges();
    int budget = MOST_PIECES;
    for (MemoryRun run : runs) {
      long fileEnd = run.fileOffset() + run.length();
      int extent = stored.after(run.fileOffset());
      for (; extent < stored.count() && stored.start(extent) < fileEnd; extent++) {
        long from = Math.max(stored.start(extent), run.fileOffset());
        // Many runs of one stretch with many holes: the rest of each is taken for stored.
        long to = budget-- > 0 ? Math.min(stored.end(extent), fileEnd) : fileEnd;
        found.add(run.start() + (from - run.fileOffset()), run.start() + (to - run.fileOffset()));
        if (to == fileEnd) {
          break;
        }
      }
    }
    return found.within(ranges);
  }

  @Override
  public long getLong(long address, long ifMissing) {
    Near hint = near;
    long offset = address - hint.start;
    if (hint.holds(offset, Long.BYTES)) {
      return file.get(LONG, hint.place + offset);
    }
    int run = runOf(address);
    if (run < 0) {
      return ifMissing;
    }
    if (ends[run] - address < Long.BYTES) {
      return Memory.assembleLong(this, address, ifMissing);
    }
    return file.get(LONG, offsets[run] + (address - starts[run]));
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
    return file.get(INT, offsets[run] + (address - starts[run]));
  }

  @Override
  public int getByte(long address) {
    int run = runOf(address);
    return run < 0
        ? -1
        : file.get(java.lang.foreign.ValueLayout.JAVA_BYTE, offsets[run] + (address - starts[run]))
            & 0xff;
  }

  @Override
  public boolean isPresent(long address) {
    return runOf(address) >= 0;
  }

  @Override
  public long read(long address, MemorySegment target) {
    long copied = 0;
    while (copied < target.byteSize()) {
      MemorySegment piece = view(address + copied, target.byteSize() - copied);
      if (piece.byteSize() == 0) {
        break;
      }
      MemorySegment.copy(piece, 0, target, copied, piece.byteSize());
      copied += piece.byteSize();
    }
    return copied;
  }

  @Override
  public MemorySegment view(long address, long maxBytes) {
    int run = runOf(address);
    if (run < 0) {
      return MemorySegment.NULL;
    }
    return file.asSlice(
        offsets[run] + (address - starts[run]), Math.min(maxBytes, ends[run] - address));
  }

  @Override
  public MemorySegment sequentialView(long address, MemorySegment scratch) {
    MemorySegment mapped = view(address, scratch.byteSize());
    if (channel == null || mapped.byteSize() == 0) {
      return mapped;
    }
    ByteBuffer buffer = scratch.asSlice(0, mapped.byteSize()).asByteBuffer();
    long start = locate(address);
    try {
      while (buffer.hasRemaining()) {
        if (channel.read(buffer, start + buffer.position()) < 0) {
          return mapped;
        }
      }
    } catch (IOException e) {
      // The mapping tells what is wrong, if anything is.
      return mapped;
    }
    return scratch.asSlice(0, mapped.byteSize());
  }

  @Override
  public long locate(long address) {
    int run = runOf(address);
    return run < 0 ? NOWHERE : offsets[run] + (address - starts[run]);
  }

  /** The index of the run that holds {@code address}, or -1. */
  private int runOf(long address) {
    Near hint = near;
    if (hint.holds(address - hint.start, 1)) {
      return hint.run;
    }
    int found = Spans.find(starts, ends, address);
    if (found >= 0) {
      near = nears[found];
    }
    return found;
  }

  /**
   * Cuts the runs to the file and takes out overlap. A sweep over the starts with the runs that are
   * open at each point ordered by their place in the list: n log n, whatever the headers claim.
   */
  private static List<MemoryRun> withoutOverlap(List<MemoryRun> runs, long fileSize) {
    record Ranked(int rank, MemoryRun run) {}
    List<Ranked> byStart = new ArrayList<>(runs.size());
    for (MemoryRun run : runs) {
      long available = Math.min(run.length(), fileSize - run.fileOffset());
      if (available > 0) {
        byStart.add(
            new Ranked(byStart.size(), new MemoryRun(run.start(), available, run.fileOffset())));
      }
    }
    byStart.sort(
        Comparator.comparingLong((Ranked r) -> r.run.start()).thenComparingInt(Ranked::rank));
    PriorityQueue<Ranked> open = new PriorityQueue<>(Comparator.comparingInt(Ranked::rank));
    List<MemoryRun> result = new ArrayList<>(byStart.size());
    long position = 0;
    int next = 0;
    while (next < byStart.size() || !open.isEmpty()) {
      if (open.isEmpty()) {
        position = Math.max(position, byStart.get(next).run.start());
      }
      while (next < byStart.size() && byStart.get(next).run.start() <= position) {
        open.add(byStart.get(next++));
      }
      Ranked first = open.peek();
      if (first.run.end() <= position) {
        open.poll();
        continue;
      }
      long end = first.run.end();
      if (next < byStart.size()) {
        end = Math.min(end, byStart.get(next).run.start());
      }
      append(
          result,
          new MemoryRun(
              position, end - position, first.run.fileOffset() + (position - first.run.start())));
      position = end;
    }
    return List.copyOf(result);
  }

  /** Adds a run, as the last one's continuation where both memory and file go on without a gap. */
  private static void append(List<MemoryRun> result, MemoryRun run) {
    if (!result.isEmpty()) {
      MemoryRun last = result.getLast();
      if (last.end() == run.start() && last.fileOffset() + last.length() == run.fileOffset()) {
        result.set(
            result.size() - 1,
            new MemoryRun(last.start(), last.length() + run.length(), last.fileOffset()));
        return;
      }
    }
    result.add(run);
  }

  private static List<AddressRange> mergeAdjacent(List<MemoryRun> runs) {
    List<AddressRange> merged = new ArrayList<>();
    for (MemoryRun run : runs) {
      if (!merged.isEmpty() && merged.getLast().end() == run.start()) {
        AddressRange last = merged.getLast();
        merged.set(merged.size() - 1, new AddressRange(last.start(), last.length() + run.length()));
      } else {
        merged.add(new AddressRange(run.start(), run.length()));
      }
    }
    return List.copyOf(merged);
  }
}
