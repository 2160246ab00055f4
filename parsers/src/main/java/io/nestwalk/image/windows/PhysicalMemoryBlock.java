package io.nestwalk.image.windows;

import io.nestwalk.image.ImageException;
import io.nestwalk.image.ImageFile;
import java.util.ArrayList;
import java.util.List;

/**
 * The runs of physical memory in the header (PHYSICAL_MEMORY_DESCRIPTOR), stored one after the
 * other behind it in a full dump.
 *
 * @param runs page number and count of each
 */
record PhysicalMemoryBlock(List<Run> runs) {

  /** The block has 700 bytes in either header. */
  private static final int SPACE = 700;

  /** How many runs a message shows. */
  private static final int RUNS_SHOWN = 8;

  /**
   * A run.
   *
   * @param page number of the first page
   * @param count how many pages
   */
  record Run(long page, long count) {}

  static PhysicalMemoryBlock read(ImageFile file, DumpHeader header) throws ImageException {
    int at = header.is64() ? 0x88 : 0x64;
    int width = header.is64() ? Long.BYTES : Integer.BYTES;
    int start = header.is64() ? 16 : 8;
    long count = file.intAt(at);
    long most = (SPACE - start) / (2L * width);
    if (count == DumpHeader.UNSET || count == 0) {
      throw new ImageException(file.name(), at, "the dump's writer left the list of runs unset");
    }
    if (count > most) {
      throw new ImageException(
          file.name(), at, "%d runs of memory, there is room for %d".formatted(count, most));
    }
    List<Run> runs = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      long run = at + start + 2L * width * i;
      runs.add(
          header.is64()
              ? new Run(file.longAt(run), file.longAt(run + width))
              : new Run(file.intAt(run), file.intAt(run + width)));
    }
    return new PhysicalMemoryBlock(runs);
  }

  /** The pages of a full dump. */
  StoredPages pages(ImageFile file, DumpHeader header) {
    StoredPages pages = new StoredPages(file, header.size());
    for (Run run : runs) {
      if (!pages.add(run.page(), run.count())) {
        break;
      }
    }
    if (pages.claimedPages() * StoredPages.PAGE > file.length() - header.size()) {
      pages.warn("the header names %d runs: %s".formatted(runs.size(), this));
    }
    return pages;
  }

  @Override
  public String toString() {
    List<String> shown = new ArrayList<>();
    for (Run run : runs.subList(0, Math.min(RUNS_SHOWN, runs.size()))) {
      shown.add(
          "0x%x+0x%x".formatted(run.page() * StoredPages.PAGE, run.count() * StoredPages.PAGE));
    }
    return String.join(", ", shown) + (runs.size() > RUNS_SHOWN ? ", ..." : "");
  }
}
