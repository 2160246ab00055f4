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

  /** What is scanned at once; fits the processor's caches, twice, beside the tables. */
  private static final int BLOCK_BYTES = 1 << 18;

  /** The same where blocks are scanned in whole. */
  private static final int WHOLE_BLOCK_BYTES = 1 << 19;

  /** So many parts for each thread are begun before the first is taken in. */
  private static final int AHEAD = 8;

  private static final int PAGE = 4096;

  private final PhysicalMemory memory;
  private final Patterns patterns;
  private final int limit;
  private final int reach;
  private final boolean zerosMatch;

  /** Whether blocks are scanned as they are, and not without their zeros. */
  private final boolean inWhole;

  private final int blockBytes;

  /** Those that no thread uses. */
  private final Queue<Buffers> idle = new ConcurrentLinkedQueue<>();

  PhysicalScan(PhysicalMemory memory, Patterns patterns, int limit) {
    this.memory = memory;
    this.patterns = patterns;
    this.limit = limit;
    reach = patterns.reach();
    zerosMatch = patterns.matchZeros();
    inWhole = zerosMatch || patterns.hasExpressions();
    blockBytes = inWhole ? WHOLE_BLOCK_BYTES : BLOCK_BYTES;
  }

  /**
   * All matches in memory, in ascending order of address.
   *
   * @param threads how many threads may work
   * @param progress is told of the bytes that are scanned
   */
  HitList run(int threads, Progress progress) {
    List<Stretch> stretches = stretches();
    BlockScanner scanner = patterns.scanner(ByteCounts.in(memory));
    long total = stretches.stream().mapToLong(Stretch::length).sum();
    LongAdder done = new LongAdder();
    HitList all = new HitList(limit);
    // In ascending order, and only some ahead of what is taken in: there may be very many.
    Deque<Future<HitList>> pending = new ArrayDeque<>();
    try (Arena arena = Arena.ofShared();
        ExecutorService workers = Executors.newFixedThreadPool(threads)) {
      for (Stretch stretch : stretches) {
        for (long offset = 0; offset < stretch.length; offset += PART_BYTES) {
          long start = stretch.start + offset;
          long length = Math.min(PART_BYTES, stretch.length - offset);
          long before = stretch.before + offset;
          pending.add(
              workers.submit(
                  () -> {
                    Buffers buffers = buffers(arena);
                    HitList hits = part(start, length, before, scanner, buffers);
                    idle.add(buffers);
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
    // Whole pages, so that pages of zeros are seen as such.
    long margin = inWhole ? reach : (reach + PAGE - 1) & -PAGE;
    List<Stretch> stretches = new ArrayList<>();
    int next = 0;
    for (AddressRange range : memory.ranges()) {
      long from = range.start();
      for (; next < populated.size() && range.contains(populated.get(next).start()); next++) {
        AddressRange held = populated.get(next);
        long start = Math.max(from, held.start() - margin);
        stretches.add(new Stretch(start, held.end() - start, start - range.start()));
        from = held.end();
      }
    }
    return stretches;
  }

  /** What a thread reads into and scans, kept from part to part. */
  private static final class Buffers {
    private final MemorySegment scratch;
    private final byte[] bytes;

    Buffers(Arena arena, int size) {
      scratch = arena.allocate(size, PAGE);
      bytes = new byte[size];
    }
  }

  private Buffers buffers(Arena arena) {
    Buffers known = idle.poll();
    return known == null ? new Buffers(arena, blockBytes + 2 * reach) : known;
  }

  /**
   * Scans a part block by block. A block is read with what surrounds it: what lies before tells an
   * expression's match that begins there from one that begins here, what lies behind ends it.
   *
   * @param present how much memory goes before it without a gap
   */
  private HitList part(
      long start, long length, long present, BlockScanner scanner, Buffers buffers) {
    HitList hits = new HitList(limit);
    for (long offset = 0; offset < length; offset += blockBytes) {
      int size = (int) Math.min(blockBytes, length - offset);
      int before = inWhole ? (int) Math.min(reach, present + offset) : 0;
      long from = start + offset - before;
      MemorySegment read = read(from, before + size + reach, buffers.scratch);
      Piece piece = new Piece(read, from, from + before + size, reach);
      if (!inWhole) {
        piece.scanWithoutZeros(scanner, buffers.bytes, hits);
      } else if (zerosMatch || piece.notZero(0) < read.byteSize()) {
        piece.scan(0, read.byteSize(), before, scanner, buffers.bytes, hits);
      }
    }
    return hits;
  }

  /** As memory's own read, but without mapping the pages of a file that nobody asks for again. */
  private MemorySegment read(long from, long wanted, MemorySegment scratch) {
    MemorySegment piece = memory.sequentialView(from, scratch.asSlice(0, wanted));
    if (piece.byteSize() == wanted) {
      return piece;
    }
    long done = 0;
    while (piece.byteSize() > 0) {
      MemorySegment.copy(piece, 0, scratch, done, piece.byteSize());
      done += piece.byteSize();
      if (done == wanted) {
        break;
      }
      piece = memory.sequentialView(from + done, scratch.asSlice(done, wanted - done));
    }
    return scratch.asSlice(0, done);
  }
}
