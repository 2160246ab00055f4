package io.nestwalk.find;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * A piece of memory that was read.
 *
 * @param read its bytes
 * @param address that of the first one
 * @param end where matches begin no more, though bytes follow that may be part of them
 * @param reach how many bytes a match has at most
 */
record Piece(MemorySegment read, long address, long end, int reach) {

  private static final int PAGE = 4096;
  private static final int ZERO_BYTES = 1 << 16;

  private static final MemorySegment ZEROS =
      MemorySegment.ofArray(new byte[ZERO_BYTES]).asReadOnly();

  /**
   * Scans it, but for stretches of zeros in which nothing matches.
   *
   * @param bytes at least as many as it has, to work with
   */
  void scanWithoutZeros(BlockScanner scanner, byte[] bytes, HitList hits) {
    long size = read.byteSize();
    long from = notZero(0);
    while (from < size) {
      long to = zeroPage(from);
      long next = notZero(to);
      // What is nearer than two matches are long is one stretch, so that none is found twice.
      while (next < size && next - to < 2L * reach) {
        to = zeroPage(next);
        next = notZero(to);
      }
      scan(Math.max(0, from - reach), Math.min(size, to + reach), 0, scanner, bytes, hits);
      from = next;
    }
  }

  /**
   * Scans a stretch of it.
   *
   * @param from where the stretch begins
   * @param to where it ends
   * @param first where in the stretch the first match may begin
   */
  void scan(long from, long to, int first, BlockScanner scanner, byte[] bytes, HitList hits) {
    int length = (int) (to - from);
    MemorySegment.copy(read, ValueLayout.JAVA_BYTE, from, bytes, 0, length);
    long start = address + from;
    scanner.scan(
        new Block(bytes, length),
        first,
        (at, matched, pattern) -> {
          if (start + at < end) {
            hits.add(start + at, matched, pattern);
          }
        });
  }

  /** Where the next byte stands that is not zero; the size of the piece for nowhere. */
  long notZero(long from) {
    long size = read.byteSize();
    for (long at = from; at < size; at += ZERO_BYTES) {
      long count = Math.min(ZERO_BYTES, size - at);
      long differs = MemorySegment.mismatch(read, at, at + count, ZEROS, 0, count);
      if (differs >= 0) {
        return at + differs;
      }
    }
    return size;
  }

  /** Where the next page of zeros begins behind a byte that is none; the size for nowhere. */
  private long zeroPage(long from) {
    long size = read.byteSize();
    long at = (from & -PAGE) + PAGE;
    while (at < size) {
      long count = Math.min(PAGE, size - at);
      if (MemorySegment.mismatch(read, at, at + count, ZEROS, 0, count) < 0) {
        return at;
      }
      at += PAGE;
    }
    return size;
  }
}
