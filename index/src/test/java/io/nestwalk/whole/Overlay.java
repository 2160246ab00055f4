package io.nestwalk.whole;

import io.nestwalk.image.AddressRange;
import io.nestwalk.image.Memory;
import io.nestwalk.image.PhysicalMemory;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** A machine's memory with some of its pages replaced: the image itself stays as it is. */
final class Overlay implements PhysicalMemory {

  static final int PAGE = 4096;

  private final PhysicalMemory image;
  private final TreeMap<Long, MemorySegment> pages = new TreeMap<>();

  Overlay(PhysicalMemory image) {
    this.image = image;
  }

  /** The page that holds {@code address}, to be changed; of a page that is missing, nothing. */
  MemorySegment page(long address) {
    long start = address & -PAGE;
    MemorySegment page = pages.get(start);
    if (page == null) {
      byte[] bytes = image.readBytes(start, PAGE);
      if (bytes.length < PAGE) {
        return MemorySegment.ofArray(new byte[PAGE]);
      }
      page = MemorySegment.ofArray(bytes);
      pages.put(start, page);
    }
    return page;
  }

  void putLong(long address, long value) {
    page(address).set(LONG, address & PAGE - 8, value);
  }

  private MemorySegment pageOrNull(long address) {
    return pages.get(address & -PAGE);
  }

  @Override
  public List<AddressRange> ranges() {
    return image.ranges();
  }

  @Override
  public long getLong(long address, long ifMissing) {
    if ((address & PAGE - 1) > PAGE - 8) {
      return Memory.assembleLong(this, address, ifMissing);
    }
    MemorySegment page = pageOrNull(address);
    return page == null ? image.getLong(address, ifMissing) : page.get(LONG, address & PAGE - 1);
  }

  @Override
  public int getInt(long address, int ifMissing) {
    if ((address & PAGE - 1) > PAGE - 4) {
      return Memory.assembleInt(this, address, ifMissing);
    }
    MemorySegment page = pageOrNull(address);
    return page == null ? image.getInt(address, ifMissing) : page.get(INT, address & PAGE - 1);
  }

  @Override
  public int getByte(long address) {
    MemorySegment page = pageOrNull(address);
    return page == null
        ? image.getByte(address)
        : page.get(java.lang.foreign.ValueLayout.JAVA_BYTE, address & PAGE - 1) & 0xff;
  }

  @Override
  public long read(long address, MemorySegment target) {
    long copied = 0;
    while (copied < target.byteSize()) {
      MemorySegment view = view(address + copied, target.byteSize() - copied);
      if (view.byteSize() == 0) {
        break;
      }
      MemorySegment.copy(view, 0, target, copied, view.byteSize());
      copied += view.byteSize();
    }
    return copied;
  }

  @Override
  public MemorySegment view(long address, long maxBytes) {
    Map.Entry<Long, MemorySegment> next = pages.higherEntry(address - PAGE);
    if (next == null || next.getKey() - address >= maxBytes || next.getKey() < 0) {
      return image.view(address, maxBytes);
    }
    if (next.getKey() > address) {
      return image.view(address, next.getKey() - address);
    }
    long offset = address - next.getKey();
    return next.getValue().asSlice(offset, Math.min(maxBytes, PAGE - offset));
  }

  @Override
  public long locate(long address) {
    return image.locate(address);
  }
}
