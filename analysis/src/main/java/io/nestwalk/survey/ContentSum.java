package io.nestwalk.survey;

import java.lang.foreign.MemorySegment;
import java.util.zip.CRC32C;

/**
 * The sum of the checksums of pages. Their order and their addresses do not matter, so sums of
 * parts of memory add up to that of the whole. It tells changes that happen, not those that someone
 * makes so that it stays the same. For one thread.
 */
final class ContentSum {

  private final CRC32C checksum = new CRC32C();
  private long sum;

  /** Adds a page, which begins at an offset into {@code bytes}. */
  void add(MemorySegment bytes, long offset) {
    checksum.reset();
    checksum.update(bytes.asSlice(offset, Survey.PAGE_SIZE).asByteBuffer());
    sum += checksum.getValue();
  }

  /** The sum of what was added. */
  long value() {
    return sum;
  }
}
