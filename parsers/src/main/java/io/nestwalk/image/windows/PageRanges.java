package io.nestwalk.image.windows;

import io.nestwalk.image.ImageException;
import io.nestwalk.image.ImageFile;
import java.nio.charset.StandardCharsets;

/**
 * The list of page ranges behind the header (RDMP_HEADER64), as WinDbg writes it since 2022: page
 * number and count of each range, the pages themselves one after the other.
 *
 * @param firstPage file offset of the first page
 * @param start file offset of the list
 * @param end where the list ends at the latest
 */
record PageRanges(long firstPage, long start, long end) {

  private static final byte[] MARKER = "RDMPDUMP".getBytes(StandardCharsets.US_ASCII);

  private static final int MARKER_OFFSET = 4;
  private static final int LIST = 0x30;
  private static final int ENTRY = 16;

  static PageRanges read(ImageFile file, DumpHeader header) throws ImageException {
    long at = header.size();
    if (!file.startsWith(at + MARKER_OFFSET, MARKER)) {
      throw new ImageException(
          file.name(), at, "a %s without its list of pages".formatted(header.description()));
    }
    long size = file.longAt(at + 0x10);
    long firstPage = file.longAt(at + 0x18);
    long start = at + LIST;
    if (size <= 0 || firstPage < start) {
      throw new ImageException(
          file.name(),
          at + 0x10,
          "a list of %d bytes, with the first page at 0x%x".formatted(size, firstPage));
    }
    long limit = Math.min(firstPage, file.length());
    return new PageRanges(firstPage, start, size > limit - start ? limit : start + size);
  }

  StoredPages pages(ImageFile file) throws ImageException {
    StoredPages pages = new StoredPages(file, firstPage);
    for (long at = start; end - at >= ENTRY; at += ENTRY) {
      long page = file.longAt(at);
      long count = file.longAt(at + Long.BYTES);
      // Page 0 ends the list, except that memory may begin with it.
      boolean end = page == 0 && (count == 0 || at > start);
      if (end || !pages.add(page, count)) {
        break;
      }
    }
    return pages;
  }
}
