package io.nestwalk.survey;

import io.nestwalk.image.AddressRange;
import io.nestwalk.image.PhysicalMemory;
import io.nestwalk.image.Progress;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.LongAdder;

/**
 * The one pass over physical memory.
 *
 * <p>Memory is cut into parts that worker threads take in turn. A page of zeros is skipped before
 * any detector sees it: in most images that is the greater part.
 */
public final class Survey {

  /** The unit in which memory is shown: the smallest page of every architecture. */
  public static final int PAGE_SIZE = 4096;

  /** Large enough that handing out parts costs nothing, small enough to keep workers busy. */
  private static final long PART_BYTES = 8L << 20;

  /** What a worker reads at once: enough for the system, little enough for its cache. */
  private static final long SCRATCH_BYTES = 256L << 10;

  private static final MemorySegment ZEROS =
      MemorySegment.ofArray(new byte[PAGE_SIZE]).asReadOnly();

  private final IdentityHashMap<PageDetector<?>, List<Object>> finds = new IdentityHashMap<>();
  private final long pagesSeen;
  private final long pagesNotZero;

  private Survey(List<PartResult> parts, List<PageDetector<?>> detectors) {
    for (PageDetector<?> detector : detectors) {
      finds.put(detector, new ArrayList<>());
    }
    long seen = 0;
    long notZero = 0;
    for (PartResult part : parts) {
      seen += part.pagesSeen;
      notZero += part.pagesNotZero;
      for (int i = 0; i < detectors.size(); i++) {
        finds.get(detectors.get(i)).addAll(part.scans.get(i).found());
      }
    }
    pagesSeen = seen;
    pagesNotZero = notZero;
  }

  /**
   * Shows all of {@code memory} to {@code detectors}. Only whole, aligned pages are shown: what a
   * cut image holds of its last page is in no one's view.
   *
   * @param threads how many workers to use, at least 1
   */
  public static Survey of(
      PhysicalMemory memory, List<PageDetector<?>> detectors, int threads, Progress progress) {
    long total = memory.presentBytes();
    LongAdder done = new LongAdder();
    List<Callable<PartResult>> work = new ArrayList<>();
    for (AddressRange range : memory.ranges()) {
      for (long start = range.start(); start < range.end(); start += PART_BYTES) {
        long from = start;
        long length = Math.min(PART_BYTES, range.end() - start);
        work.add(
            () -> {
              PartResult result = new PartResult(detectors);
              result.scan(memory, from, length);
              done.add(length);
              progress.advanced("survey", done.sum(), total);
              return result;
            });
      }
    }
    try (ExecutorService workers = Executors.newFixedThreadPool(threads)) {
      List<PartResult> results = new ArrayList<>(work.size());
      for (Future<PartResult> part : workers.invokeAll(work)) {
        results.add(part.get());
      }
      return new Survey(results, detectors);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("the survey was interrupted", e);
    } catch (ExecutionException e) {
      // A mapped file that was cut meanwhile: the caller says so, it is no fault of a detector.
      if (e.getCause() instanceof InternalError error) {
        throw error;
      }
      throw new IllegalStateException("a detector failed", e.getCause());
    }
  }

  /** What {@code detector} found, in ascending order of address. */
  @SuppressWarnings("unchecked")
  public <F> List<F> found(PageDetector<F> detector) {
    return (List<F>) List.copyOf(finds.getOrDefault(detector, List.of()));
  }

  /** How many pages were looked at. */
  public long pagesSeen() {
    return pagesSeen;
  }

  /** How many of them were not all zeros. */
  public long pagesNotZero() {
    return pagesNotZero;
  }

  /** The finds of one part of memory. */
  private static final class PartResult {

    private final List<PageDetector.Scan<?>> scans = new ArrayList<>();
    private long pagesSeen;
    private long pagesNotZero;

    PartResult(List<PageDetector<?>> detectors) {
      for (PageDetector<?> detector : detectors) {
        scans.add(detector.begin());
      }
    }

    void scan(PhysicalMemory memory, long start, long length) {
      try (Arena arena = Arena.ofConfined()) {
        scan(memory, start, length, arena.allocate(SCRATCH_BYTES, PAGE_SIZE));
      }
    }

    private void scan(PhysicalMemory memory, long start, long length, MemorySegment scratch) {
      long end = start + length;
      long address = start + PAGE_SIZE - 1 & -PAGE_SIZE;
      while (end - address >= PAGE_SIZE) {
        MemorySegment bytes =
            memory.sequentialView(
                address, scratch.asSlice(0, Math.min(scratch.byteSize(), end - address)));
        long whole = bytes.byteSize() & -PAGE_SIZE;
        if (whole == 0) {
          // The page is pieced together from runs that do not lie side by side in the file.
          address += PAGE_SIZE;
          continue;
        }
        for (long offset = 0; offset < whole; offset += PAGE_SIZE) {
          page(address + offset, bytes, offset);
        }
        address += whole;
      }
    }

    private void page(long address, MemorySegment bytes, long offset) {
      pagesSeen++;
      if (MemorySegment.mismatch(bytes, offset, offset + PAGE_SIZE, ZEROS, 0, PAGE_SIZE) < 0) {
        return;
      }
      pagesNotZero++;
      for (PageDetector.Scan<?> scan : scans) {
        scan.page(address, bytes, offset);
      }
    }
  }
}
