package io.nestwalk.image.kdump;

import io.nestwalk.image.ImageException;
import io.nestwalk.image.Memory;
import io.nestwalk.image.PiecedFile;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * A bit per page, from the lowest of the first byte on, with the number of bits set before any page
 * at hand.
 */
final class PageBitmap {

  /** A bitmap in pieces is copied: this is for 2 TiB of memory. */
  private static final long MAX_COPIED = 64L << 20;

  /** How many pages one entry of the counts stands for. */
  private static final int PAGES_PER_COUNT = 1 << 12;

  private final MemorySegment bits;
  private final long pages;
  private final long[] counts;

  private PageBitmap(MemorySegment bits, long pages) {
    this.bits = bits;
    this.pages = pages;
    counts = new long[(int) (pages / PAGES_PER_COUNT) + 1];
    long count = 0;
    for (int i = 0; i < counts.length; i++) {
      counts[i] = count;
      long from = (long) i * PAGES_PER_COUNT;
      count += countWithin(from, Math.min(pages, from + PAGES_PER_COUNT));
    }
  }

  /**
   * Takes a bitmap out of the file.
   *
   * @param bytes its length
   * @param pages how many bits count; fewer where the bitmap has not as many
   */
  static PageBitmap read(PiecedFile file, long start, long bytes, long pages)
      throws ImageException {
    long there = Math.min(bytes, Math.max(0, file.length() - start));
    if (there > Integer.MAX_VALUE
        || (there > MAX_COPIED && file.fileOffset(start, there) == PiecedFile.SCATTERED)) {
      throw new ImageException(
          file.name(), "at 0x%x: a bitmap of %d bytes is not supported".formatted(start, there));
    }
    MemorySegment bits = there == 0 ? MemorySegment.NULL : file.slice(start, (int) there);
    return new PageBitmap(bits, pages < 0 ? there * 8 : Math.min(pages, there * 8));
  }

  /** How many pages the bitmap is about. */
  long pages() {
    return pages;
  }

  /** Whether the page's bit is set; false for a page beyond the end. */
  boolean has(long page) {
    return page >= 0
        && page < pages
        && (bits.get(ValueLayout.JAVA_BYTE, page >>> 3) >> (page & 7) & 1) != 0;
  }

  /** How many pages before this one have their bit set. */
  long rank(long page) {
    long end = Math.clamp(page, 0, pages);
    int group = (int) (end / PAGES_PER_COUNT);
    return counts[group] + countWithin((long) group * PAGES_PER_COUNT, end);
  }

  /** The first page from {@code page} on whose bit is as asked for; {@link #pages} if none is. */
  long next(long page, boolean set) {
    long at = page;
    while (at < pages) {
      if ((at & 7) == 0) {
        // Whole words of no interest are stepped over.
        long none = set ? 0 : -1;
        while (pages - at >= Long.SIZE && bits.get(Memory.LONG, at >>> 3) == none) {
          at += Long.SIZE;
        }
        if (at >= pages) {
          return pages;
        }
      }
      if (has(at) == set) {
        return at;
      }
      at++;
    }
    return pages;
  }

  private long countWithin(long from, long end) {
    long count = 0;
    long at = from;
    while (end - at >= Long.SIZE) {
      count += Long.bitCount(bits.get(Memory.LONG, at >>> 3));
      at += Long.SIZE;
    }
    while (at < end) {
      count += has(at) ? 1 : 0;
      at++;
    }
    return count;
  }
}
