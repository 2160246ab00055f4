package io.nestwalk.image;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Ranges gathered in ascending order, in bounded memory however many there are: a short gap between
 * two is given up, and what counts as short grows when they become too many. So what comes out
 * covers all that was added, and some more. For one thread.
 */
public final class CoarseRanges {

  /** Gaps that are shorter cost less to read than to step over. */
  private static final long SHORTEST_GAP = 16 << 10;

  /** Two megabytes of bookkeeping. */
  private static final int MOST = 1 << 17;

  private static final long PAGE = 4096;

  private long[] starts = new long[16];
  private long[] ends = new long[16];
  private int count;
  private long shortestGap = SHORTEST_GAP;

  /** Gaps of fewer bytes are not kept at present. */
  public long shortestGap() {
    return shortestGap;
  }

  /**
   * Adds a range, widened to whole pages.
   *
   * @param start not negative, and not below that of the range added last
   * @param end one past the last address; above {@code start}
   */
  public void add(long start, long end) {
    long first = start & -PAGE;
    long last = end > Long.MAX_VALUE - PAGE ? Long.MAX_VALUE : end + PAGE - 1 & -PAGE;
    if (count > 0 && first - ends[count - 1] < shortestGap) {
      ends[count - 1] = Math.max(ends[count - 1], last);
      return;
    }
    if (count == MOST) {
      shortestGap *= 2;
      giveUpShortGaps();
      add(start, end);
      return;
    }
    if (count == starts.length) {
      starts = Arrays.copyOf(starts, count * 2);
      ends = Arrays.copyOf(ends, count * 2);
    }
    starts[count] = first;
    ends[count++] = last;
  }

  private void giveUpShortGaps() {
    int kept = 1;
    for (int i = 1; i < count; i++) {
      if (starts[i] - ends[kept - 1] < shortestGap) {
        ends[kept - 1] = ends[i];
      } else {
        starts[kept] = starts[i];
        ends[kept++] = ends[i];
      }
    }
    count = kept;
  }

  /**
   * What was added, as far as it lies in {@code ranges}; touching pieces are one.
   *
   * @param ranges ascending, without overlap
   */
  public List<AddressRange> within(List<AddressRange> ranges) {
    List<AddressRange> found = new ArrayList<>();
    int next = 0;
    for (AddressRange range : ranges) {
      while (next < count && ends[next] <= range.start()) {
        next++;
      }
      for (int i = next; i < count && starts[i] < range.end(); i++) {
        long start = Math.max(starts[i], range.start());
        found.add(new AddressRange(start, Math.min(ends[i], range.end()) - start));
      }
    }
    return List.copyOf(found);
  }
}
