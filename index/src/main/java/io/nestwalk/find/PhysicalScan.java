package io.nestwalk.find;

import io.nestwalk.image.AddressRange;
import io.nestwalk.image.PhysicalMemory;
import io.nestwalk.image.Progress;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.LongAdder;

/** The pass over host-physical memory, in parallel over parts of it. */
final class PhysicalScan {

  /** A unit of work. */
  private static final long PART_BYTES = 16L << 20;

  /** What is scanned at once; fits the processor's caches beside the automata. */
  private static final int BLOCK_BYTES = 1 << 19;

  private static final MemorySegment ZEROS =
      MemorySegment.ofArray(new byte[BLOCK_BYTES]).asReadOnly();

  private final PhysicalMemory memory;
  private final Patterns patterns;
  private final int limit;
  private final boolean zerosMatch;

  PhysicalScan(PhysicalMemory memory, Patterns patterns, int limit) {
    this.memory = memory;
    this.patterns = patterns;
    this.limit = limit;
    boolean[] found = {false};
    patterns
        .scanner()
        .scan("\0".repeat(patterns.reach() * 2), 0, (start, length, p) -> found[0] = true);
    zerosMatch = found[0];
  }

  /**
   * All matches that begin in {@code ranges}, in ascending order of address.
   *
   * @param threads how many threads may work
   */
  HitList run(List<AddressRange> ranges, int threads, Progress progress) {
    long total = ranges.stream().mapToLong(AddressRange::length).sum();
    LongAdder done = new LongAdder();
    List<Callable<HitList>> work = new ArrayList<>();
    for (AddressRange range : ranges) {
      for (long offset = 0; offset < range.length(); offset += PART_BYTES) {
        long start = range.start() + offset;
        long length = Math.min(PART_BYTES, range.length() - offset);
        boolean inside = offset > 0;
        work.add(
            () -> {
              HitList hits = part(start, length, inside);
              done.add(length);
              progress.advanced("find", done.sum(), total);
              return hits;
            });
      }
    }
    HitList all = new HitList(limit);
    try (ExecutorService workers = Executors.newFixedThreadPool(threads)) {
      for (Future<HitList> part : workers.invokeAll(work)) {
        all.addAll(part.get());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("the search was interrupted", e);
    } catch (ExecutionException e) {
      throw new IllegalStateException("the search failed", e.getCause());
    }
    return all;
  }

  /**
   * Scans a part block by block. A block is read with what surrounds it: what lies before tells an
   * expression's match that begins there from one that begins here, what lies behind ends it.
   */
  private HitList part(long start, long length, boolean inside) {
    HitList hits = new HitList(limit);
    BlockScanner scanner = patterns.scanner();
    int reach = patterns.reach();
    byte[] bytes = new byte[BLOCK_BYTES + 2 * reach];
    for (long offset = 0; offset < length; offset += BLOCK_BYTES) {
      int size = (int) Math.min(BLOCK_BYTES, length - offset);
      int before = offset > 0 || inside ? reach : 0;
      long from = start + offset - before;
      MemorySegment target = MemorySegment.ofArray(bytes).asSlice(0, before + size + reach);
      int got = (int) memory.read(from, target);
      if (got <= before || (!zerosMatch && isZero(target, got))) {
        continue;
      }
      String block = new String(bytes, 0, got, StandardCharsets.ISO_8859_1);
      scanner.scan(
          block,
          before,
          (at, matched, pattern) -> {
            if (at < before + size) {
              hits.add(from + at, matched, pattern);
            }
          });
    }
    return hits;
  }

  private static boolean isZero(MemorySegment bytes, int length) {
    for (int offset = 0; offset < length; offset += BLOCK_BYTES) {
      int size = Math.min(BLOCK_BYTES, length - offset);
      if (MemorySegment.mismatch(bytes, offset, offset + (long) size, ZEROS, 0, size) >= 0) {
        return false;
      }
    }
    return true;
  }
}
