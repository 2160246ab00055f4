package io.nestwalk.windows.memory;

import io.nestwalk.image.Memory;
import java.lang.foreign.MemorySegment;

/**
 * A process's pages that stand in page files, at the process's addresses. For one thread at a time.
 */
final class PagedOut implements Memory {

  private static final long PAGE = 4096;

  private final SoftPages pages;
  private final PageFiles files;
  private final SoftPage page = new SoftPage();

  PagedOut(SoftPages pages, PageFiles files) {
    this.pages = pages;
    this.files = files;
  }

  /** The page file that holds an address's page, null for none; {@link #page} says where. */
  private Memory fileOf(long address) {
    pages.find(address, page);
    return page.kind == SoftPage.Kind.PAGEFILE ? files.find(page.store) : null;
  }

  private long place(long address) {
    return page.offset + (address & PAGE - 1);
  }

  @Override
  public long getLong(long address, long ifMissing) {
    if ((address & PAGE - 1) > PAGE - Long.BYTES) {
      return Memory.assembleLong(this, address, ifMissing);
    }
    Memory file = fileOf(address);
    return file == null ? ifMissing : file.getLong(place(address), ifMissing);
  }

  @Override
  public int getInt(long address, int ifMissing) {
    if ((address & PAGE - 1) > PAGE - Integer.BYTES) {
      return Memory.assembleInt(this, address, ifMissing);
    }
    Memory file = fileOf(address);
    return file == null ? ifMissing : file.getInt(place(address), ifMissing);
  }

  @Override
  public int getByte(long address) {
    Memory file = fileOf(address);
    return file == null ? -1 : file.getByte(place(address));
  }

  @Override
  public long read(long address, MemorySegment target) {
    long copied = 0;
    while (copied < target.byteSize()) {
      long position = address + copied;
      Memory file = fileOf(position);
      long wanted = Math.min(target.byteSize() - copied, PAGE - (position & PAGE - 1));
      long got = file == null ? 0 : file.read(place(position), target.asSlice(copied, wanted));
      copied += got;
      if (got < wanted) {
        break;
      }
    }
    return copied;
  }

  /** It is not in the image's file. */
  @Override
  public long locate(long address) {
    return NOWHERE;
  }
}
