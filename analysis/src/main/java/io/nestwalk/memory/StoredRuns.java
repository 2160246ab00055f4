package io.nestwalk.memory;

import io.nestwalk.image.AddressRange;
import io.nestwalk.image.Memory;
import io.nestwalk.image.MemoryImage;
import io.nestwalk.image.MemoryRun;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * Which host-physical addresses an image holds, and where in its file: the last step on the way
 * from a virtual address to evidence. Immutable.
 */
public final class StoredRuns {

  private final long[] starts;
  private final long[] ends;
  private final long[] offsets;

  private StoredRuns(List<MemoryRun> runs, boolean placed) {
    List<MemoryRun> sorted =
        runs.stream().sorted(Comparator.comparingLong(MemoryRun::start)).toList();
    starts = sorted.stream().mapToLong(MemoryRun::start).toArray();
    ends = sorted.stream().mapToLong(MemoryRun::end).toArray();
    offsets =
        sorted.stream().mapToLong(run -> placed ? run.fileOffset() : Memory.NOWHERE).toArray();
  }

  /**
   * The runs of {@code image}; places are unknown for a format that does not store memory plainly.
   */
  public static StoredRuns of(MemoryImage image) {
    if (!image.runs().isEmpty()) {
      return new StoredRuns(image.runs(), true);
    }
    return new StoredRuns(
        image.memory().ranges().stream().map(StoredRuns::withoutPlace).toList(), false);
  }

  private static MemoryRun withoutPlace(AddressRange range) {
    return new MemoryRun(range.start(), range.length(), 0);
  }

  /** Is shown the pieces of a run. */
  @FunctionalInterface
  public interface Visitor {
    /**
     * A piece.
     *
     * @param offset of its first byte in the run
     * @param length in bytes, positive
     * @param place of its first byte in the file; {@link Memory#NOWHERE} where the image does not
     *     hold it, or not plainly
     */
    void piece(long offset, long length, long place);
  }

  /** Cuts a run where the image does, in ascending order. */
  public void cut(PageRuns.Run run, Visitor visitor) {
    if (run.lowest() == PageRuns.NOT_MAPPED) {
      visitor.piece(0, run.length(), Memory.NOWHERE);
      return;
    }
    int stored = after(run.lowest());
    for (long done = 0; done < run.length(); ) {
      long position = run.lowest() + done;
      long rest = run.length() - done;
      boolean held = stored < starts.length && starts[stored] <= position;
      long limit = stored < starts.length ? (held ? ends[stored] : starts[stored]) : Long.MAX_VALUE;
      long length = Math.min(rest, limit - position);
      visitor.piece(done, length, held ? place(stored, position) : Memory.NOWHERE);
      done += length;
      stored += held ? 1 : 0;
    }
  }

  /** Whether the image holds {@code address}. */
  public boolean holds(long address) {
    int stored = after(address);
    return stored < starts.length && starts[stored] <= address;
  }

  /**
   * The number of the first run that ends after {@code address}; the count of runs when none does.
   */
  private int after(long address) {
    int index = Arrays.binarySearch(starts, address);
    int run = index >= 0 ? index : -index - 2;
    return run >= 0 && address < ends[run] ? run : run + 1;
  }

  /** Where {@code address} of that run stands in the file. */
  private long place(int run, long address) {
    return offsets[run] == Memory.NOWHERE ? Memory.NOWHERE : offsets[run] + (address - starts[run]);
  }
}
