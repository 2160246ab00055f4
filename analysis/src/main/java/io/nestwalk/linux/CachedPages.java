package io.nestwalk.linux;

import io.nestwalk.image.Memory;
import io.nestwalk.memory.Budget;
import io.nestwalk.memory.Enumerated;
import io.nestwalk.memory.Layer;
import io.nestwalk.memory.PageState;
import io.nestwalk.memory.Passage;
import io.nestwalk.memory.RunVisitor;
import io.nestwalk.paging.Fault;
import io.nestwalk.paging.Permissions;
import io.nestwalk.paging.Translation;
import java.util.Arrays;
import java.util.List;

/**
 * Pages of files that a process maps and has not touched, which are in memory all the same: its
 * next access finds them in the page cache. A guest that was restored from a file has most of its
 * memory so. Immutable.
 */
final class CachedPages implements Layer {

  private final Memory physical;

  /** Runs of pages, ascending and apart: first address, place in physical memory, length. */
  private final long[] starts;

  private final long[] places;
  private final long[] lengths;
  private final boolean[] writable;
  private final int pageShift;

  private CachedPages(Memory physical, Builder builder) {
    this.physical = physical;
    pageShift = builder.pageShift;
    starts = Arrays.copyOf(builder.starts, builder.count);
    places = Arrays.copyOf(builder.places, builder.count);
    lengths = Arrays.copyOf(builder.lengths, builder.count);
    writable = Arrays.copyOf(builder.writable, builder.count);
  }

  /** Gathers pages in ascending order of their addresses. */
  static final class Builder {

    private final int pageShift;
    private long[] starts = new long[64];
    private long[] places = new long[64];
    private long[] lengths = new long[64];
    private boolean[] writable = new boolean[64];
    private int count;

    Builder(int pageShift) {
      this.pageShift = pageShift;
    }

    /** Adds the page at {@code address}, above all that were added; others are left out. */
    void add(long address, long place, boolean mayBeWritten) {
      long size = 1L << pageShift;
      int last = count - 1;
      if (count > 0) {
        long end = starts[last] + lengths[last];
        if (Long.compareUnsigned(address, end) < 0) {
          return;
        }
        if (address == end
            && place == places[last] + lengths[last]
            && mayBeWritten == writable[last]) {
          lengths[last] += size;
          return;
        }
      }
      if (count == starts.length) {
        starts = Arrays.copyOf(starts, count * 2);
        places = Arrays.copyOf(places, count * 2);
        lengths = Arrays.copyOf(lengths, count * 2);
        writable = Arrays.copyOf(writable, count * 2);
      }
      starts[count] = address;
      places[count] = place;
      lengths[count] = size;
      writable[count++] = mayBeWritten;
    }

    boolean isEmpty() {
      return count == 0;
    }

    CachedPages over(Memory physical) {
      return new CachedPages(physical, this);
    }
  }

  @Override
  public Memory below() {
    return physical;
  }

  @Override
  public CachedPages fork() {
    return this;
  }

  /** The run that has an address or, where none does, the first behind it. */
  private int indexOf(long address) {
    int low = 0;
    int high = starts.length;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (Long.compareUnsigned(starts[middle] + lengths[middle] - 1, address) < 0) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  private boolean has(int index, long address) {
    return index < starts.length && Long.compareUnsigned(starts[index], address) <= 0;
  }

  @Override
  public long translate(long address) {
    int index = indexOf(address);
    return has(index, address)
        ? Translation.of(places[index] + (address - starts[index]), pageShift)
        : Translation.of(Fault.NOT_PRESENT);
  }

  @Override
  public Passage pass(long address) {
    int index = indexOf(address);
    return new Passage(
        translate(address),
        has(index, address) ? permissions(index) : 0,
        List.of(),
        PageState.MAPPED);
  }

  private int permissions(int index) {
    return writable[index] ? Permissions.ALL : Permissions.ALL & ~Permissions.WRITE;
  }

  @Override
  public Enumerated forEachRun(long from, long to, Budget budget, RunVisitor visitor) {
    for (int i = indexOf(from); i < starts.length; i++) {
      if (Long.compareUnsigned(starts[i], to) > 0) {
        break;
      }
      long first = Long.compareUnsigned(from, starts[i]) > 0 ? from & -PAGE : starts[i];
      long end = starts[i] + lengths[i];
      long past = Long.compareUnsigned(to, end - 1) < 0 ? (to | PAGE - 1) + 1 : end;
      if (!budget.take()
          || !visitor.run(
              first,
              places[i] + (first - starts[i]),
              past - first,
              pageShift,
              permissions(i),
              PageState.MAPPED)) {
        return Enumerated.cutFrom(first);
      }
    }
    return Enumerated.ALL;
  }
}
