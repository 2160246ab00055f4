package io.nestwalk.image.kdump;

import io.nestwalk.image.ImageException;
import io.nestwalk.image.PiecedFile;

/**
 * One file of a dump.
 *
 * @param content its bytes
 * @param header what it says about itself
 * @param dumped which pages were dumped, by this file or another one of the set
 */
record KdumpFile(PiecedFile content, KdumpHeader header, PageBitmap dumped) {

  private static final int DESCRIPTOR = 24;

  /** A page that is packed can be a little longer than it was: LZO adds a sixteenth. */
  private static final int MAX_GROWTH = 2;

  /**
   * Where and how a page is stored.
   *
   * @param offset in the file
   * @param size how many bytes
   * @param packing how they are packed
   */
  record Descriptor(long offset, int size, Packing packing) {}

  static KdumpFile read(PiecedFile content) throws ImageException {
    KdumpHeader header = KdumpHeader.read(content);
    PageBitmap dumped =
        PageBitmap.read(
            content,
            header.bitmapStart() + header.bitmapBytes(),
            header.bitmapBytes(),
            header.pages());
    return new KdumpFile(content, header, dumped);
  }

  /** Whether a page is this file's to hold. */
  boolean isAbout(long page) {
    return !header.split() || (page >= header.firstPage() && page < header.endPage());
  }

  /** The page's entry in the table of pages. The page is one that was dumped. */
  Descriptor descriptor(long page) throws ImageException {
    long number = dumped.rank(page) - (header.split() ? dumped.rank(header.firstPage()) : 0);
    long at = header.descriptors() + number * DESCRIPTOR;
    long offset = content.longAt(at);
    long size = content.intAt(at + 8);
    if (offset <= 0 || size == 0 || size > (long) MAX_GROWTH * header.blockSize()) {
      throw new ImageException(
          content.name(),
          "at 0x%x: page 0x%x is said to be stored in %d bytes at 0x%x"
              .formatted(at, page, size, offset));
    }
    return new Descriptor(offset, (int) size, Packing.of(content, at + 12));
  }
}
