package io.nestwalk.image.windows;

import io.nestwalk.image.ImageException;
import io.nestwalk.image.ImageFile;
import java.nio.charset.StandardCharsets;

/**
 * The bitmap behind the header (SUMMARY_DUMP, BMP_HEADER64): bit n is page n, and the pages of the
 * set bits stand in the file one after the other.
 *
 * @param firstPage file offset of the first page
 * @param present how many bits are set, as the writer says
 * @param bits how many bits there are
 * @param start file offset of the bitmap
 */
record PageBitmap(long firstPage, long present, long bits, long start) {

  private static final byte[] SUMMARY = "SDMPDUMP".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] FULL = "FDMPDUMP".getBytes(StandardCharsets.US_ASCII);

  private static final int BITMAP = 0x38;

  static PageBitmap read(ImageFile file, DumpHeader header) throws ImageException {
    long at = header.size();
    if (!file.startsWith(at, SUMMARY) && !file.startsWith(at, FULL)) {
      throw new ImageException(
          file.name(), at, "a %s without its bitmap of pages".formatted(header.description()));
    }
    PageBitmap bitmap =
        new PageBitmap(
            file.longAt(at + 0x20), file.longAt(at + 0x28), file.longAt(at + 0x30), at + BITMAP);
    if (bitmap.bits <= 0 || bitmap.bits > Long.MAX_VALUE - 7) {
      throw new ImageException(
          file.name(), at + 0x30, "a bitmap of %d bits".formatted(bitmap.bits));
    }
    if (bitmap.firstPage < bitmap.start) {
      throw new ImageException(
          file.name(),
          at + 0x20,
          "the first page would stand at 0x%x, within the header".formatted(bitmap.firstPage));
    }
    return bitmap;
  }

  StoredPages pages(ImageFile file) throws ImageException {
    StoredPages pages = new StoredPages(file, firstPage);
    long bytes = (bits + 7) / 8;
    long available = Math.min(bytes, Math.min(firstPage, file.length()) - start);
    if (available < bytes) {
      pages.warn(
          "the bitmap of %d bytes is cut after %d, by the first page or the file's end"
              .formatted(bytes, available));
    }
    long end = Math.min(bits, available * 8);
    long page = 0;
    while (page < end) {
      page = next(file, page, end, true);
      long after = next(file, page, end, false);
      if (after > page && !pages.add(page, after - page)) {
        return pages;
      }
      page = after;
    }
    if (pages.claimedPages() != present) {
      pages.warn(
          "the bitmap has %d pages, its header says %d".formatted(pages.claimedPages(), present));
    }
    return pages;
  }

  /** The next bit from {@code from} on that is set, or that is clear; {@code end} without one. */
  private long next(ImageFile file, long from, long end, boolean set) throws ImageException {
    long bit = from;
    while (bit < end) {
      long word = word(file, bit & -64);
      long wanted = (set ? word : ~word) >>> (bit & 63);
      if (wanted != 0) {
        return Math.min(end, bit + Long.numberOfTrailingZeros(wanted));
      }
      bit = (bit & -64) + 64;
    }
    return end;
  }

  private long word(ImageFile file, long bit) throws ImageException {
    long at = start + bit / 8;
    if (file.holds(at, Long.BYTES)) {
      return file.longAt(at);
    }
    long word = 0;
    for (int i = 0; file.holds(at + i, 1); i++) {
      word |= (long) file.byteAt(at + i) << (8 * i);
    }
    return word;
  }
}
