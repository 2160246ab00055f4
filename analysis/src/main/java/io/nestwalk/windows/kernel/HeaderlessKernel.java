package io.nestwalk.windows.kernel;

import io.nestwalk.image.Memory;
import io.nestwalk.memory.TranslatedMemory;
import io.nestwalk.paging.Permissions;
import io.nestwalk.paging.Walker;
import io.nestwalk.types.PdbId;
import io.nestwalk.windows.pe.PeImage;
import java.lang.foreign.MemorySegment;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Finds a 64-bit kernel's image whose first page was taken away: by the record in it that names its
 * PDB, and by the list of modules, whose head is in it and whose first entry tells where it is.
 */
final class HeaderlessKernel {

  private static final int PAGE = 4096;
  private static final int RSDS = 0x53445352;

  // _KLDR_DATA_TABLE_ENTRY, the same in all 64-bit builds.
  private static final int DLL_BASE = 0x30;
  private static final int SIZE_OF_IMAGE = 0x40;

  /** So many pages are looked at: 4 GiB in small ones. */
  private static final long PAGE_BUDGET = 1L << 20;

  private final Memory physical;
  private final Walker tables;
  private final TranslatedMemory memory;
  private final byte[] page = new byte[PAGE];
  private final MemorySegment segment = MemorySegment.ofArray(page);
  private long budget = PAGE_BUDGET;
  private long record;
  private PdbId pdb;
  private KernelImage found;

  HeaderlessKernel(Memory physical, Walker tables, TranslatedMemory memory) {
    this.physical = physical;
    this.tables = tables;
    this.memory = memory;
  }

  /** Is shown a page whose bytes are in {@link #page}. */
  @FunctionalInterface
  private interface PageVisitor {
    /** Answers false to stop. */
    boolean page(long address);
  }

  /** The kernel that is mapped from {@code from} to {@code to}, both included. */
  Optional<KernelImage> find(long from, long to) {
    pages(from, to, this::lookForRecord);
    if (record == 0) {
      return Optional.empty();
    }
    budget = PAGE_BUDGET;
    pages(record - KernelSearch.MAX_SIZE, record + KernelSearch.MAX_SIZE, this::lookForModules);
    return Optional.ofNullable(found);
  }

  private void pages(long from, long to, PageVisitor visitor) {
    tables.forEachLeaf(
        from,
        to,
        (address, target, shift, permissions) -> {
          if ((permissions & Permissions.USER) != 0) {
            return true;
          }
          for (long offset = 0; offset < 1L << shift; offset += PAGE) {
            if (--budget < 0) {
              return false;
            }
            if (physical.read(target + offset, segment) == PAGE
                && !visitor.page(address + offset)) {
              return false;
            }
          }
          return true;
        });
  }

  private boolean lookForRecord(long address) {
    for (int i = 0; i < PAGE; i += Integer.BYTES) {
      if (segment.get(Memory.INT, i) == RSDS) {
        Optional<PdbId> named =
            PeImage.codeView(memory, address + i).filter(KernelSearch::isKernel);
        if (named.isPresent()) {
          record = address + i;
          pdb = named.get();
          return false;
        }
      }
    }
    return true;
  }

  private boolean lookForModules(long address) {
    for (int i = 0; i < PAGE; i += Long.BYTES) {
      long entry = segment.get(Memory.LONG, i);
      if (entry < 0
          && (entry & Long.BYTES - 1) == 0
          && memory.getLong(entry + Long.BYTES, 0) == address + i
          && isKernelsEntry(entry, address + i)) {
        return false;
      }
    }
    return true;
  }

  /** Whether a list's first entry describes an image in which the record and the head are. */
  private boolean isKernelsEntry(long entry, long head) {
    long base = memory.getLong(entry + DLL_BASE, 0);
    long size = memory.getInt(entry + SIZE_OF_IMAGE, 0) & 0xffff_ffffL;
    if ((base & PAGE - 1) != 0
        || size > KernelSearch.MAX_SIZE
        || Long.compareUnsigned(record - base, size) >= 0
        || Long.compareUnsigned(head - base, size) >= 0) {
      return false;
    }
    found = new KernelImage(base, OptionalLong.empty(), size, Optional.empty(), Optional.of(pdb));
    return true;
  }
}
