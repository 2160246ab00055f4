package io.nestwalk.windows.kernel;

import io.nestwalk.image.Architecture;
import io.nestwalk.image.Memory;
import io.nestwalk.memory.TranslatedMemory;
import io.nestwalk.paging.Permissions;
import io.nestwalk.paging.Walker;
import io.nestwalk.types.PdbId;
import io.nestwalk.windows.pe.PeImage;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/**
 * Finds the kernel's image under page tables: the image that calls itself ntoskrnl.exe. Only what
 * the tables map where kernels lie is looked at, so that a copy of the file in memory is not taken
 * for it.
 */
final class KernelSearch {

  /** Where 64-bit kernels are loaded, on x86 and ARM alike: the last 8 TiB. */
  private static final long START_64 = 0xffff_f800_0000_0000L;

  private static final long START_32 = 0x8000_0000L;
  private static final long END_32 = 0xffff_ffffL;

  private static final int PAGE = 4096;
  private static final int DOS_MAGIC = 0x5a4d;

  /** So many pages are looked at: 64 GiB in small ones. */
  private static final long PAGE_BUDGET = 1L << 24;

  /** The smallest kernel (of Windows 7) has more than 4 MiB, the largest some 20. */
  private static final long MIN_SIZE = 2L << 20;

  static final long MAX_SIZE = 64L << 20;

  /** A section that no other image has. */
  private static final String POOL_CODE = "POOLCODE";

  private static final Set<String> NAMES = Set.of("ntoskrnl.exe", "ntkrnlmp.exe", "ntkrnlpa.exe");

  private final Memory physical;
  private final Walker tables;
  private final TranslatedMemory memory;
  private long budget = PAGE_BUDGET;
  private KernelImage found;

  private KernelSearch(Memory physical, Walker tables, TranslatedMemory memory) {
    this.physical = physical;
    this.tables = tables;
    this.memory = memory;
  }

  /** The kernel's image that {@code tables} map. */
  static Optional<KernelImage> find(Memory physical, Walker tables, TranslatedMemory memory) {
    return new KernelSearch(physical, tables, memory).find();
  }

  private Optional<KernelImage> find() {
    boolean wide = tables.mode().architecture() != Architecture.X86;
    long from = wide ? START_64 : START_32;
    long to = wide ? -1 : END_32;
    tables.forEachLeaf(
        from,
        to,
        (address, target, shift, permissions) ->
            (permissions & Permissions.USER) != 0 || leaf(address, target, 1L << shift));
    return Optional.ofNullable(found);
  }

  /** The kernel's image without its headers; takes longer, for all that is mapped is read. */
  static Optional<KernelImage> findWithoutHeaders(
      Memory physical, Walker tables, TranslatedMemory memory) {
    return tables.mode().architecture() == Architecture.X86
        ? Optional.empty()
        : new HeaderlessKernel(physical, tables, memory).find(START_64, -1);
  }

  /** Looks at the pages of one leaf: the image may begin inside a large one. */
  private boolean leaf(long address, long target, long size) {
    for (long offset = 0; offset < size; offset += PAGE) {
      if (--budget < 0) {
        return false;
      }
      if (physical.getShort(target + offset) == DOS_MAGIC) {
        Optional<KernelImage> image = at(address + offset, target + offset);
        if (image.isPresent()) {
          found = image.get();
          return false;
        }
      }
    }
    return true;
  }

  private Optional<KernelImage> at(long address, long target) {
    Optional<PeImage> headers = PeImage.at(memory, address);
    if (headers.isEmpty()
        || headers.get().size() < MIN_SIZE
        || headers.get().size() > MAX_SIZE
        || headers.get().architecture() != tables.mode().architecture()) {
      return Optional.empty();
    }
    Optional<PdbId> pdb = headers.get().pdb();
    boolean named =
        headers.get().exportName().filter(name -> NAMES.contains(lower(name))).isPresent()
            || pdb.filter(KernelSearch::isKernel).isPresent()
            || headers.get().sections().stream()
                .anyMatch(section -> section.name().equals(POOL_CODE));
    return named
        ? Optional.of(
            new KernelImage(address, OptionalLong.of(target), headers.get().size(), headers, pdb))
        : Optional.empty();
  }

  /** ntkrnlmp.pdb, ntkrpamp.pdb, ntoskrnl.pdb, ntkrnlpa.pdb, ntkrla57.pdb. */
  static boolean isKernel(PdbId pdb) {
    String name = lower(pdb.name());
    return name.endsWith(".pdb") && (name.startsWith("ntkr") || name.startsWith("ntoskrnl"));
  }

  private static String lower(String text) {
    return text.toLowerCase(Locale.ROOT);
  }
}
