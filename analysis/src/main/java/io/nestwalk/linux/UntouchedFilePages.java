package io.nestwalk.linux;

import io.nestwalk.linux.files.PageCache;
import io.nestwalk.linux.kernel.Kernel;
import io.nestwalk.memory.Budget;
import io.nestwalk.memory.Layer;
import io.nestwalk.memory.MemorySlot;
import io.nestwalk.memory.UnionMemory;
import io.nestwalk.paging.Walker;
import io.nestwalk.system.GuestMapping;
import io.nestwalk.system.GuestProcess;
import io.nestwalk.types.Field;
import io.nestwalk.types.MissingTypeException;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Completes the memory of a hypervisor's process with pages of files that it maps for its guest and
 * has not touched: its next access finds them in the page cache.
 */
final class UntouchedFilePages implements KvmGuests.UntouchedPages {

  /** VM_HUGETLB (include/linux/mm.h): such files count in large pages, and are never in part. */
  private static final long LARGE_PAGES = 0x40_0000;

  private final Kernel kernel;
  private final AddressSpaces spaces;
  private final Function<GuestProcess, List<GuestMapping>> mappings;
  private final Supplier<PageCache> cache;

  /**
   * Pages of one system's processes.
   *
   * @param mappings those of a process
   * @param cache the files' pages, asked for when a process maps some for a guest
   */
  UntouchedFilePages(
      Kernel kernel,
      AddressSpaces spaces,
      Function<GuestProcess, List<GuestMapping>> mappings,
      Supplier<PageCache> cache) {
    this.kernel = kernel;
    this.spaces = spaces;
    this.mappings = mappings;
    this.cache = cache;
  }

  @Override
  public Layer of(GuestProcess process, Layer memory, List<MemorySlot> slots) {
    String what = "files that process %d maps for its guest".formatted(process.pid());
    CachedPages.Builder pages = new CachedPages.Builder(kernel.pageShift());
    Budget budget = Budget.forSpace(kernel.physical());
    try {
      List<GuestMapping> files = partlyTouched(process, slots);
      if (!files.isEmpty() && !cache.get().isUsable()) {
        kernel.warnings().add(what + ": where pages that it has not touched lie is not known");
      }
      for (GuestMapping mapping : files) {
        add(mapping, spaces.tables(process.root().getAsLong()), budget, pages);
      }
    } catch (MissingTypeException e) {
      // The guest is known without them.
      kernel.warnings().add("%s: %s".formatted(what, e.getMessage()));
    }
    if (budget.isSpent()) {
      kernel.warnings().add(what + " have more pages than are looked at");
    }
    return pages.isEmpty() ? memory : UnionMemory.of(memory, pages.over(kernel.physical()));
  }

  /** What a process maps of files into a guest, and has not touched all of. */
  private List<GuestMapping> partlyTouched(GuestProcess process, List<MemorySlot> slots) {
    if (process.root().isEmpty()) {
      return List.of();
    }
    Field flags = kernel.types().field("vm_area_struct", "vm_flags");
    return mappings.apply(process).stream()
        .filter(mapping -> slots.stream().anyMatch(slot -> isIn(slot, mapping)))
        .filter(mapping -> mapping.presentBytes() < mapping.end() - mapping.start())
        .filter(mapping -> (kernel.value(flags, mapping.object()) & LARGE_PAGES) == 0)
        .filter(mapping -> kernel.isReadable(MemoryMap.fileOf(kernel, mapping)))
        .toList();
  }

  private static boolean isIn(MemorySlot slot, GuestMapping mapping) {
    return Long.compareUnsigned(slot.hostVirtual(), mapping.end()) < 0
        && Long.compareUnsigned(slot.hostVirtual() + slot.length(), mapping.start()) > 0;
  }

  private void add(GuestMapping mapping, Walker tables, Budget budget, CachedPages.Builder pages) {
    boolean writable =
        mapping.permissions().indexOf('w') >= 0 && mapping.permissions().endsWith("s");
    int shift = kernel.pageShift();
    long first = mapping.offset() >>> shift;
    long count = (mapping.end() - mapping.start()) >>> shift;
    cache
        .get()
        .forEachPage(
            MemoryMap.fileOf(kernel, mapping),
            budget,
            (index, physical) -> {
              // What the host's lists say may be lies.
              if (index >= first
                  && index - first < count
                  && (mapping.start() & (1L << shift) - 1) == 0
                  && kernel.physical().isPresent(physical)) {
                long address = mapping.start() + ((index - first) << shift);
                if (tables.endsEmpty(address)) {
                  pages.add(address, physical, writable);
                }
              }
            });
  }
}
