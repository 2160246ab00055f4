package io.nestwalk.yara;

import io.nestwalk.image.PhysicalMemory;
import io.nestwalk.index.Entry.RunEntry;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;

/**
 * What is present of a space, in the order of its addresses: runs that follow one another are one
 * piece, wherever they lie in physical memory. A long piece is cut into blocks, each of which
 * begins some bytes before the end of the one before, for what lies across the cut.
 */
final class SpaceBlocks implements BlockSource {

  /** So much is in memory at once. */
  static final int MAX_BLOCK = 64 << 20;

  /** What is longer and lies across a cut is not seen. */
  static final int OVERLAP = 4096;

  private final PhysicalMemory memory;
  private final List<RunEntry> runs;
  private long[] addresses = new long[16];
  private int[] sizes = new int[16];
  private int[] firstRuns = new int[16];
  private int count;
  private boolean incomplete;

  /** All of them. */
  SpaceBlocks(PhysicalMemory memory, List<RunEntry> runs) {
    this(memory, runs, MAX_BLOCK);
  }

  /**
   * All of them.
   *
   * @param runs in ascending order of address, each with a host-physical address
   * @param maxBlock in bytes, more than twice {@link #OVERLAP}
   */
  SpaceBlocks(PhysicalMemory memory, List<RunEntry> runs, int maxBlock) {
    this.memory = memory;
    this.runs = runs;
    int next = 0;
    while (next < runs.size()) {
      int first = next;
      long start = runs.get(first).start();
      long end = start + runs.get(next++).length();
      while (next < runs.size() && runs.get(next).start() == end) {
        end += runs.get(next++).length();
      }
      cut(first, start, end, maxBlock);
    }
  }

  private void cut(int first, long start, long end, int maxBlock) {
    int run = first;
    for (long at = start; ; at += maxBlock - OVERLAP) {
      while (at - runs.get(run).start() >= runs.get(run).length()) {
        run++;
      }
      int size = (int) Math.min(maxBlock, end - at);
      add(at, size, run);
      if (size == end - at) {
        return;
      }
    }
  }

  private void add(long address, int size, int run) {
    if (count == sizes.length) {
      addresses = Arrays.copyOf(addresses, count * 2);
      sizes = Arrays.copyOf(sizes, count * 2);
      firstRuns = Arrays.copyOf(firstRuns, count * 2);
    }
    addresses[count] = address;
    sizes[count] = size;
    firstRuns[count++] = run;
  }

  @Override
  public int count() {
    return count;
  }

  @Override
  public long address(int block) {
    return addresses[block];
  }

  @Override
  public int size(int block) {
    return sizes[block];
  }

  @Override
  public void read(int block, MemorySegment target) {
    long at = addresses[block];
    long done = 0;
    for (int run = firstRuns[block]; done < sizes[block]; run++) {
      RunEntry from = runs.get(run);
      long offset = at + done - from.start();
      long length = Math.min(from.length() - offset, sizes[block] - done);
      long got = memory.read(from.hpa() + offset, target.asSlice(done, length));
      if (got < length) {
        target.asSlice(done + got, length - got).fill((byte) 0);
        incomplete = true;
      }
      done += length;
    }
  }

  /** Whether bytes were asked for that the image does not hold; they were taken for zeros. */
  boolean incomplete() {
    return incomplete;
  }

  /** The run in which an address lies; null where none is. */
  RunEntry runAt(long address) {
    int low = 0;
    int high = runs.size() - 1;
    while (low <= high) {
      int middle = (low + high) >>> 1;
      RunEntry run = runs.get(middle);
      if (address - run.start() >= 0 && address - run.start() < run.length()) {
        return run;
      }
      if (Long.compareUnsigned(address, run.start()) < 0) {
        high = middle - 1;
      } else {
        low = middle + 1;
      }
    }
    return null;
  }
}
