package io.nestwalk.image.kdump;

import io.nestwalk.image.AddressRange;
import io.nestwalk.image.BlockDecoder;
import io.nestwalk.image.BlockIndex;
import io.nestwalk.image.CoarseRanges;
import io.nestwalk.image.ImageException;
import io.nestwalk.image.PiecedFile;
import io.nestwalk.image.StoredBlock;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;

/** The pages of a dump, answered from the bitmap and the table of pages of its files. */
final class KdumpPages implements BlockIndex, BlockDecoder {

  /** A page that has to be asked of its file again; its offset is the page's number. */
  private static final int IN_TABLE = StoredBlock.FIRST_OWN;

  /** What a range costs on the heap, roughly. */
  private static final int RANGE_BYTES = 40;

  /** No page ends beyond. */
  private static final long MOST_BYTES = 1L << 62;

  private final List<KdumpFile> files;
  private final PageBitmap dumped;

  /** Pages that exist and were left out because they are zeros; null when there are none such. */
  private final PageBitmap zeros;

  private final int pageShift;
  private final List<AddressRange> ranges;

  /**
   * The pages of a dump.
   *
   * @param files the first is the one that the image was opened from
   * @param existing which pages exist; those that were not dumped are zeros. Null when what was
   *     left out is not known.
   */
  KdumpPages(List<KdumpFile> files, PageBitmap existing) throws ImageException {
    this.files = files;
    dumped = files.getFirst().dumped();
    zeros = existing;
    pageShift = Integer.numberOfTrailingZeros(files.getFirst().header().blockSize());
    ranges = findRanges();
  }

  @Override
  public List<AddressRange> ranges() {
    return ranges;
  }

  @Override
  public List<AddressRange> populatedRanges() {
    CoarseRanges found = new CoarseRanges();
    long pages = Math.min(dumped.pages(), MOST_BYTES >>> pageShift);
    for (long page = dumped.next(0, true); page < pages; ) {
      long end = Math.min(pages, dumped.next(page, false));
      found.add(page << pageShift, end << pageShift);
      page = dumped.next(end, true);
    }
    return found.within(ranges);
  }

  @Override
  public long blockAt(long address) {
    long page = address >>> pageShift;
    return isPresent(page) ? page : ABSENT;
  }

  @Override
  public StoredBlock storedAt(long address) {
    long page = address >>> pageShift;
    long start = page << pageShift;
    int size = 1 << pageShift;
    if (!dumped.has(page)) {
      return new StoredBlock(start, size, StoredBlock.FILL, 0, 0);
    }
    KdumpFile main = files.getFirst();
    if (main.isAbout(page)) {
      try {
        KdumpFile.Descriptor descriptor = main.descriptor(page);
        if (descriptor.packing() == Packing.NONE && descriptor.size() == size) {
          long offset = main.content().fileOffset(descriptor.offset(), size);
          if (offset != PiecedFile.SCATTERED) {
            return new StoredBlock(start, size, StoredBlock.RAW, offset, size);
          }
        }
      } catch (ImageException e) {
        // The decoder says so again, where it can be told.
      }
    }
    return new StoredBlock(start, size, IN_TABLE, page, 0);
  }

  @Override
  public void decode(StoredBlock block, MemorySegment target) throws ImageException {
    long page = block.offset();
    KdumpFile file = fileOf(page);
    KdumpFile.Descriptor descriptor = file.descriptor(page);
    byte[] packed =
        file.content().slice(descriptor.offset(), descriptor.size()).toArray(ValueLayout.JAVA_BYTE);
    byte[] unpacked = new byte[block.size()];
    int size = descriptor.packing().unpack(packed, unpacked);
    if (size != block.size()) {
      throw new ImageException(
          file.content().name(),
          "at 0x%x: page 0x%x does not unpack (%s) to %d bytes"
              .formatted(descriptor.offset(), page, descriptor.packing(), block.size()));
    }
    MemorySegment.copy(unpacked, 0, target, ValueLayout.JAVA_BYTE, 0, size);
  }

  /** Whether a file of the set is there for the page, or none is needed. */
  private boolean isPresent(long page) {
    if (!dumped.has(page)) {
      // Where the bitmap of dumped pages is cut off, nobody knows whether the page was left out.
      return zeros != null && page < dumped.pages() && zeros.has(page);
    }
    for (int i = 0; i < files.size(); i++) {
      if (files.get(i).isAbout(page)) {
        return true;
      }
    }
    return false;
  }

  private KdumpFile fileOf(long page) throws ImageException {
    for (KdumpFile file : files) {
      if (file.isAbout(page)) {
        return file;
      }
    }
    throw new ImageException(
        files.getFirst().content().name(), "page 0x%x is in no file".formatted(page));
  }

  private List<AddressRange> findRanges() throws ImageException {
    long limit = Runtime.getRuntime().maxMemory() / 8 / RANGE_BYTES;
    List<AddressRange> found = new ArrayList<>();
    long pages = Math.min(dumped.pages(), MOST_BYTES >>> pageShift);
    long start = -1;
    long page = 0;
    while (page < pages) {
      if (isPresent(page)) {
        start = start < 0 ? page : start;
        page = endOfPresent(page);
        continue;
      }
      if (start >= 0) {
        if (found.size() >= limit) {
          throw new ImageException(
              files.getFirst().content().name(),
              "memory in more than %d ranges needs more heap than there is; allow more with -Xmx"
                  .formatted(limit));
        }
        found.add(range(start, page));
        start = -1;
      }
      page = endOfAbsent(page);
    }
    if (start >= 0) {
      found.add(range(start, Math.min(page, pages)));
    }
    return List.copyOf(found);
  }

  private AddressRange range(long start, long end) {
    return new AddressRange(start << pageShift, (end - start) << pageShift);
  }

  /** A page beyond this one, which is present, up to which all are. */
  private long endOfPresent(long page) {
    if (!dumped.has(page)) {
      return Math.min(zeros.next(page, false), dumped.next(page, true));
    }
    long end = dumped.next(page, false);
    for (KdumpFile file : files) {
      if (file.isAbout(page) && file.header().split()) {
        end = Math.min(end, file.header().endPage());
        break;
      }
    }
    return end;
  }

  /** A page beyond this one, which is absent, before which none is present. */
  private long endOfAbsent(long page) {
    long next = Math.max(page + 1, dumped.next(page, true));
    if (dumped.has(page)) {
      // In a file of the set that is not there: on to the next one that is, or to other pages.
      next = dumped.next(page, false);
      for (KdumpFile file : files) {
        long first = file.header().firstPage();
        next = first > page ? Math.min(next, first) : next;
      }
    }
    return zeros == null ? next : Math.min(next, zeros.next(page + 1, true));
  }
}
