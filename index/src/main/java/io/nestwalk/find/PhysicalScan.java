package io.nestwalk.find;

import io.nestwalk.image.AddressRange;
import io.nestwalk.image.PhysicalMemory;
import io.nestwalk.image.Progress;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
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

  /** So many parts for each thread are begun before the first is taken in. */
  private static final int AHEAD = 8;

  private static final int PAGE = 4096;

  private static final MemorySegment ZEROS =
      MemorySegment.ofArray(new byte[BLOCK_BYTES]).asReadOnly();

  private final PhysicalMemory memory;
  private final Patterns patterns;
  private final int limit;
  private final int reach;
  private final boolean zerosMatch;

  /** Those that no thread uses: with many patterns each takes long to make. */
  private final Queue<BlockScanner> idle = new ConcurrentLinkedQueue<>();

  PhysicalScan(PhysicalMemory memory, Patterns patterns, int limit) {
    this.memory = memory;
    this.patterns = patterns;
    this.limit = limit;
    reach = patterns.reach();
    boolean[] found = {false};
    patterns
        .scanner()
        .scan(new Block(new byte[reach * 2], reach * 2), 0, (start, length, p) -> found[0] = true);
    zerosMatch = found[0];
  }

  /**
   * All matches in memory, in ascending order of address.
   *
   * @param threads how many threads may work
   * @param progress is told of the bytes that are scanned
   */
  HitList run(int threads, Progress progress) {
    List<Stretch> stretches = stretches();
    ByteCounts counts = ByteCounts.in(memory);
    long total = stretches.stream().mapToLong(Stretch::length).sum();
    LongAdder done = new LongAdder();
    HitList all = new HitList(limit);
    // In ascending order, and only some ahead of what is taken in: there may be very many.
    Deque<Future<HitList>> pending = new ArrayDeque<>();
    try (ExecutorService workers = Executors.newFixedThreadPool(threads)) {
      for (Stretch stretch : stretches) {
        for (long offset = 0; offset < stretch.length; offset += PART_BYTES) {
          long start = stretch.start + offset;
          long length = Math.min(PART_BYTES, stretch.length - offset);
          long before = stretch.before + offset;
          pending.add(
              workers.submit(
                  () -> {
                    HitList hits = part(start, length, before, counts);
                    done.add(length);
                    progress.advanced("find", done.sum(), total);
                    return hits;
                  }));
          if (pending.size() > threads * AHEAD) {
            all.addAll(pending.remove().get());
          }
        }
      }
      while (!pending.isEmpty()) {
        all.addAll(pending.remove().get());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("the search was interrupted", e);
    } catch (ExecutionException e) {
      // An image that can no longer be read, or too little memory: the caller says so.
      if (e.getCause() instanceof Error error) {
        throw error;
      }
      throw new IllegalStateException("the search failed", e.getCause());
    }
    return all;
  }

  /**
   * A stretch of memory in which matches may begin.
   *
   * @param before how many bytes of memory go before it without a gap
   */
  private record Stretch(long start, long length, long before) {}

  /** All of memory; unless zeros match, what may hold something else, or is followed by that. */
  private List<Stretch> stretches() {
    List<AddressRange> populated = zerosMatch ? memory.ranges() : memory.populatedRanges();
    List<Stretch> stretches = new ArrayList<>();
    int next = 0;
    for (AddressRange range : memory.ranges()) {
      long from = range.start();
      for (; next < populated.size() && range.contains(populated.get(next).start()); next++) {
        AddressRange held = populated.get(next);
        long start = Math.max(from, held.start() - reach);
        stretches.add(new Stretch(start, held.end() - start, start - range.start()));
        from = held.end();
      }
    }
    return stretches;
  }

  /**
   * Scans a part block by block. A block is read with what surrounds it: what lies before tells an
   * expression's match that begins there from one that begins here, what lies behind ends it.
   *
   * @param present how much memory goes before it without a gap
   * @param counts what is common in memory
   */
  private HitList part(long start, long length, long present, ByteCounts counts) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment scratch = arena.allocate(BLOCK_BYTES + 2L * reach, PAGE);
      BlockScanner known = idle.poll();
      BlockScanner scanner = known == null ? patterns.scanner(counts) : known;
      HitList hits = part(start, length, present, scanner, scratch);
      idle.add(scanner);
      return hits;
    }
  }

  private HitList part(
      long start, long length, long present, BlockScanner scanner, MemorySegment scratch) {
    HitList hits = new HitList(limit);
    byte[] bytes = new byte[(int) scratch.byteSize()];
    for (long offset = 0; offset < length; offset += BLOCK_BYTES) {
      int size = (int) Math.min(BLOCK_BYTES, length - offset);
      int before = (int) Math.min(reach, present + offset);
      long from = start + offset - before;
      MemorySegment target = MemorySegment.ofArray(bytes).asSlice(0, before + size + reach);
      int got = read(from, target, scratch);
      if (got <= before || (!zerosMatch && isZero(target, got))) {
        continue;
      }
      scanner.scan(
          new Block(bytes, got),
          before,
          (at, matched, pattern) -> {
            if (at < before + size) {
              hits.add(from + at, matched, pattern);
            }
          });
    }
    return hits;
  }

  /** As memory's own read, but without mapping the pages of a file that nobody asks for again. */
  private int read(long from, MemorySegment target, MemorySegment scratch) {
    long done = 0;
    while (done < target.byteSize()) {
      MemorySegment piece =
          memory.sequentialView(from + done, scratch.asSlice(0, target.byteSize() - done));
      if (piece.byteSize() == 0) {
        break;
      }
      MemorySegment.copy(piece, 0, target, done, piece.byteSize());
      done += piece.byteSize();
    }
    return (int) done;
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
