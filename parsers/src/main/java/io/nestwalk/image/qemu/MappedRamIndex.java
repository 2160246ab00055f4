package io.nestwalk.image.qemu;

import io.nestwalk.image.AddressRange;
import io.nestwalk.image.BlockIndex;
import io.nestwalk.image.CoarseRanges;
import io.nestwalk.image.ImageException;
import io.nestwalk.image.PiecedFile;
import io.nestwalk.image.StoredBlock;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/**
 * The pages of a stream that was written with the capability mapped-ram: each has its place in the
 * file, and a bitmap tells which were written. The others are zeros. Answers from the file.
 */
final class MappedRamIndex implements BlockIndex {

  /** A part of the guest's memory whose pages have their places one after the other. */
  private record Part(long address, long length, long firstPage, MappedBlock block) {}

  private final PiecedFile stream;
  private final List<Part> parts;
  private final List<AddressRange> ranges;

  MappedRamIndex(PiecedFile stream, Map<String, RamBlock> blocks, List<Placement> placements) {
    this.stream = stream;
    parts =
        placements.stream()
            .filter(placement -> blocks.get(placement.block()).mapped() != null)
            .map(placement -> part(placement, blocks.get(placement.block()).mapped()))
            .sorted(Comparator.comparingLong(Part::address))
            .toList();
    List<AddressRange> merged = new ArrayList<>();
    for (Part part : parts) {
      if (!merged.isEmpty() && merged.getLast().end() == part.address) {
        AddressRange last = merged.removeLast();
        merged.add(new AddressRange(last.start(), last.length() + part.length));
      } else {
        merged.add(new AddressRange(part.address, part.length));
      }
    }
    ranges = List.copyOf(merged);
  }

  private static Part part(Placement placement, MappedBlock block) {
    return new Part(
        placement.address(), placement.length(), placement.offset() / block.pageSize(), block);
  }

  @Override
  public List<AddressRange> ranges() {
    return ranges;
  }

  @Override
  public List<AddressRange> populatedRanges() {
    CoarseRanges found = new CoarseRanges();
    for (Part part : parts) {
      int pageSize = part.block.pageSize();
      long pages = (part.length + pageSize - 1) / pageSize;
      for (long page = 0; page < pages; page++) {
        long number = part.firstPage + page;
        if (isWritten(part.block, number)) {
          long start = part.address + page * pageSize;
          found.add(start, start + pageSize);
        } else if (number % 64 == 0 && isEmptyWord(part.block, number)) {
          page += 63;
        }
      }
    }
    return found.within(ranges);
  }

  @Override
  public long blockAt(long address) {
    Part part = partOf(address);
    // Addresses are below 2^62 and no two pages begin at one: so a page's address is its number.
    return part == null ? ABSENT : address - (address - part.address) % part.block.pageSize();
  }

  @Override
  public StoredBlock storedAt(long address) {
    Part part = partOf(address);
    if (part == null) {
      throw new IllegalArgumentException("0x%x is not present".formatted(address));
    }
    int pageSize = part.block.pageSize();
    long inPart = (address - part.address) / pageSize;
    long page = part.firstPage + inPart;
    long start = part.address + inPart * pageSize;
    int size = (int) Math.min(pageSize, part.length - inPart * pageSize);
    if (!isWritten(part.block, page)) {
      return new StoredBlock(start, size, StoredBlock.FILL, 0, 0);
    }
    long place = part.block.pages() + page * pageSize;
    long offset = stream.fileOffset(place, size);
    return offset == PiecedFile.SCATTERED
        ? new StoredBlock(start, size, PageDecoder.SCATTERED, place, size)
        : new StoredBlock(start, size, StoredBlock.RAW, offset, size);
  }

  /** Whether 64 pages from this one on are in the bitmap and were not written. */
  private boolean isEmptyWord(MappedBlock block, long page) {
    long at = block.bitmap() + page / 8;
    try {
      return stream.holds(at, Long.BYTES) && stream.longAt(at) == 0;
    } catch (ImageException e) {
      throw new IllegalStateException(e);
    }
  }

  private boolean isWritten(MappedBlock block, long page) {
    try {
      return (stream.byteAt(block.bitmap() + page / 8) >> (page % 8) & 1) != 0;
    } catch (ImageException e) {
      // The bitmap was checked to lie within the file when the block was read.
      throw new IllegalStateException(e);
    }
  }

  private Part partOf(long address) {
    for (Part part : parts) { // two, seldom more
      if (address >= part.address && address - part.address < part.length) {
        return part;
      }
    }
    return null;
  }
}
