package io.nestwalk.windows.kernel;

import io.nestwalk.image.Architecture;
import io.nestwalk.image.Memory;
import io.nestwalk.memory.TranslatedMemory;
import io.nestwalk.paging.Permissions;
import io.nestwalk.paging.Walker;
import io.nestwalk.windows.pe.PeImage;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * Looks for a loaded image among the pages that tables map where kernels lie, so that a copy of its
 * file in memory is not taken for it.
 */
final class ImageSearch {

  /** Where 64-bit kernels are loaded, on x86 and ARM alike: the last 8 TiB. */
  static final long START_64 = 0xffff_f800_0000_0000L;

  private static final long START_32 = 0x8000_0000L;
  private static final long END_32 = 0xffff_ffffL;

  private static final int PAGE = 4096;
  private static final int DOS_MAGIC = 0x5a4d;

  /** So many pages are looked at: 64 GiB in small ones. */
  private static final long PAGE_BUDGET = 1L << 24;

  private final Memory physical;
  private final Walker tables;
  private final TranslatedMemory memory;
  private final Predicate<PeImage> wanted;
  private long budget = PAGE_BUDGET;
  private Found found;

  private ImageSearch(
      Memory physical, Walker tables, TranslatedMemory memory, Predicate<PeImage> wanted) {
    this.physical = physical;
    this.tables = tables;
    this.memory = memory;
    this.wanted = wanted;
  }

  /**
   * An image that was found.
   *
   * @param image its headers
   * @param physical where its first byte lies
   */
  record Found(PeImage image, long physical) {}

  /**
   * The first image that is wanted.
   *
   * @param physical the machine's memory
   * @param tables that are looked through
   * @param memory what they map
   */
  static Optional<Found> first(
      Memory physical, Walker tables, TranslatedMemory memory, Predicate<PeImage> wanted) {
    return new ImageSearch(physical, tables, memory, wanted).find();
  }

  private Optional<Found> find() {
    boolean wide = tables.mode().architecture() != Architecture.X86;
    tables.forEachLeaf(
        wide ? START_64 : START_32,
        wide ? -1 : END_32,
        (address, target, shift, permissions) ->
            (permissions & Permissions.USER) != 0 || leaf(address, target, 1L << shift));
    return Optional.ofNullable(found);
  }

  /** Looks at the pages of one leaf: an image may begin inside a large one. */
  private boolean leaf(long address, long target, long size) {
    for (long offset = 0; offset < size; offset += PAGE) {
      if (--budget < 0) {
        return false;
      }
      if (physical.getShort(target + offset) == DOS_MAGIC) {
        long page = target + offset;
        found =
            PeImage.at(memory, address + offset)
                .filter(image -> image.architecture() == tables.mode().architecture())
                .filter(wanted)
                .map(image -> new Found(image, page))
                .orElse(null);
        if (found != null) {
          return false;
        }
      }
    }
    return true;
  }
}
