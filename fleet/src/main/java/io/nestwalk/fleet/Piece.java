package io.nestwalk.fleet;

import io.nestwalk.image.AddressRange;
import io.nestwalk.image.PhysicalMemory;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;

/**
 * A piece of a large image's physical memory.
 *
 * @param image which image
 * @param start its first address, at a page's border
 * @param length in bytes
 */
record Piece(ImageFile image, long start, long length) implements Serializable {

  private static final long PAGE = 4096;

  AddressRange range() {
    return new AddressRange(start, length);
  }

  /**
   * Cuts a memory into pieces that hold about as much of what may be something else than zeros, and
   * that together are all of it.
   *
   * @param bytes how much of it a piece is to hold, at least a page
   */
  static List<Piece> of(ImageFile image, PhysicalMemory memory, long bytes) {
    List<Piece> pieces = new ArrayList<>();
    long start = 0;
    long held = 0;
    for (AddressRange range : memory.populatedRanges()) {
      long at = range.start();
      while (at < range.end()) {
        long taken = Math.min(bytes - held, range.end() - at);
        at += taken;
        held += taken;
        if (held >= bytes) {
          long border = at & -PAGE;
          if (border > start) {
            pieces.add(new Piece(image, start, border - start));
            start = border;
          }
          held = 0;
        }
      }
    }
    long end = (memory.end() + PAGE - 1) & -PAGE;
    if (end > start) {
      pieces.add(new Piece(image, start, end - start));
    }
    return pieces;
  }
}
