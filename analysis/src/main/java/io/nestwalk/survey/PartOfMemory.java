package io.nestwalk.survey;

import io.nestwalk.image.AddressRange;
import io.nestwalk.image.PhysicalMemory;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * A part of a physical memory, for a survey that is made in pieces: of what the memory holds only
 * what lies in the part is seen.
 *
 * @param whole the memory
 * @param part which addresses; begins and ends at a page's border
 */
public record PartOfMemory(PhysicalMemory whole, AddressRange part) implements PhysicalMemory {

  @Override
  public List<AddressRange> ranges() {
    return within(whole.ranges());
  }

  @Override
  public List<AddressRange> populatedRanges() {
    return within(whole.populatedRanges());
  }

  private List<AddressRange> within(List<AddressRange> ranges) {
    List<AddressRange> cut = new ArrayList<>();
    for (AddressRange range : ranges) {
      long start = Math.max(range.start(), part.start());
      long end = Math.min(range.end(), part.end());
      if (start < end) {
        cut.add(new AddressRange(start, end - start));
      }
    }
    return cut;
  }

  private boolean has(long address) {
    return address >= part.start() && address < part.end();
  }

  @Override
  public MemorySegment view(long address, long maxBytes) {
    return has(address)
        ? whole.view(address, Math.min(maxBytes, part.end() - address))
        : MemorySegment.NULL;
  }

  @Override
  public MemorySegment sequentialView(long address, MemorySegment scratch) {
    return has(address)
        ? whole.sequentialView(
            address, scratch.asSlice(0, Math.min(scratch.byteSize(), part.end() - address)))
        : MemorySegment.NULL;
  }

  @Override
  public long getLong(long address, long ifMissing) {
    return has(address) && has(address + Long.BYTES - 1)
        ? whole.getLong(address, ifMissing)
        : ifMissing;
  }

  @Override
  public int getInt(long address, int ifMissing) {
    return has(address) && has(address + Integer.BYTES - 1)
        ? whole.getInt(address, ifMissing)
        : ifMissing;
  }

  @Override
  public int getByte(long address) {
    return has(address) ? whole.getByte(address) : -1;
  }

  @Override
  public boolean isPresent(long address) {
    return has(address) && whole.isPresent(address);
  }

  @Override
  public long read(long address, MemorySegment target) {
    return has(address)
        ? whole.read(address, target.asSlice(0, Math.min(target.byteSize(), part.end() - address)))
        : 0;
  }

  @Override
  public long locate(long address) {
    return has(address) ? whole.locate(address) : NOWHERE;
  }
}
