package io.nestwalk.image.windows;

import io.nestwalk.image.ImageFile;
import io.nestwalk.image.MemoryRun;
import java.util.ArrayList;
import java.util.List;

/** Collects runs of pages that stand one after the other in the file. */
final class StoredPages {

  static final int PAGE = 4096;

  /** Page numbers above this have addresses of more than 52 bits, which no machine has. */
  private static final long MAX_PAGE = 1L << 40;

  /** A dump of kernel pages is in many pieces; this many still fit the heap. */
  private static final int MAX_RUNS = 1 << 21;

  private final ImageFile file;
  private final List<MemoryRun> runs = new ArrayList<>();
  private final List<String> warnings = new ArrayList<>();
  private long offset;
  private long claimedPages;
  private long missingBytes;

  /**
   * Starts.
   *
   * @param offset where in the file the first page stands
   */
  StoredPages(ImageFile file, long offset) {
    this.file = file;
    this.offset = offset;
  }

  List<MemoryRun> runs() {
    return runs;
  }

  /** How many pages were added, whether or not the file has them. */
  long claimedPages() {
    return claimedPages;
  }

  void warn(String warning) {
    warnings.add(warning);
  }

  /** The warnings, that the file is cut among them. */
  List<String> warnings() {
    List<String> all = new ArrayList<>(warnings);
    if (missingBytes > 0) {
      all.add(
          "the file is cut: of %d bytes of memory that the dump names, the last %d are not in it"
              .formatted(claimedPages * PAGE, missingBytes));
    }
    return all;
  }

  /**
   * Adds pages that stand right behind those added before.
   *
   * @return false when nothing more can be added
   */
  boolean add(long firstPage, long count) {
    if (firstPage < 0 || count <= 0 || count > MAX_PAGE || firstPage > MAX_PAGE - count) {
      warnings.add(
          "the run of %d pages from page 0x%x on is not sound; what follows is not read"
              .formatted(count, firstPage));
      return false;
    }
    if (claimedPages > MAX_PAGE) {
      warnings.add("the runs hold more pages than a machine can have; the rest is not read");
      return false;
    }
    if (runs.size() == MAX_RUNS) {
      warnings.add("more than %d runs of pages; the rest is not read".formatted(MAX_RUNS));
      return false;
    }
    long length = count * PAGE;
    long stored = Math.clamp(file.length() - offset, 0, length);
    if (stored > 0) {
      runs.add(new MemoryRun(firstPage * PAGE, stored, offset));
    }
    missingBytes += length - stored;
    claimedPages += count;
    offset += length;
    return true;
  }
}
