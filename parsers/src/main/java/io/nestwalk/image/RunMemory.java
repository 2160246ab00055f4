package io.nestwalk.image;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;

/** Physical memory that lies plainly in a file, as runs. */
public abstract sealed class RunMemory implements PhysicalMemory
    permits MappedMemory, RangedMemory {

  /** So many pieces of runs between holes are told apart. */
  private static final int MOST_PIECES = 1 << 22;

  final long[] starts;
  final long[] ends;
  final long[] offsets;
  private final List<MemoryRun> runs;
  private final List<AddressRange> ranges;

  private final Near[] nears;

  /**
   * The run of the last read: reads cluster. A stale value costs a search, never a wrong answer;
   * its fields are final, so that another thread sees one run or another and no mixture.
   */
  Near near = new Near(0, 0, 0, 0);

  /** Computed when first asked for. */
  private volatile List<AddressRange> populated;

  /**
   * Sets up.
   *
   * @param runs as {@link #withoutOverlap} gives them
   */
  RunMemory(List<MemoryRun> runs) {
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
  record Near(int run, long start, long length, long place) {

    /** Whether {@code size} bytes from {@code offset} on are in it. */
    boolean holds(long offset, int size) {
      return offset >= 0 && offset <= length - size;
    }
  }

  /**
   * Memory made of {@code runs} of {@code file}. Where runs overlap, the one that stands first in
   * the list wins; what reaches beyond the end of the file is left out.
   */
  public static RunMemory of(ImageFile file, List<MemoryRun> runs) {
    return file.isMapped() ? new MappedMemory(file, runs) : new RangedMemory(file.ranged(), runs);
  }

  /** How large the file is, in bytes. */
  abstract long fileBytes();

  /** Where in the file something may stand. */
  abstract FileExtents extents();

  /** The runs in ascending order, free of overlap, within the file. */
  public final List<MemoryRun> runs() {
    return runs;
  }

  @Override
  public final List<AddressRange> ranges() {
    return ranges;
  }

  @Override
  public final List<AddressRange> populatedRanges() {
    List<AddressRange> known = populated;
    if (known == null) {
      FileExtents stored = extents();
      known = stored.isWhole(fileBytes()) ? ranges : findPopulated(stored);
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
  public final boolean isPresent(long address) {
    return runOf(address) >= 0;
  }

  @Override
  public final long locate(long address) {
    int run = runOf(address);
    return run < 0 ? NOWHERE : offsets[run] + (address - starts[run]);
  }

  /** The index of the run that holds {@code address}, or -1. */
  final int runOf(long address) {
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
  static List<MemoryRun> withoutOverlap(List<MemoryRun> runs, long fileSize) {
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
