package io.nestwalk.linux.kernel;

import io.nestwalk.image.AddressRange;
import io.nestwalk.image.Architecture;
import io.nestwalk.paging.InputRule;
import io.nestwalk.paging.PagingMode;
import io.nestwalk.paging.Permissions;
import io.nestwalk.paging.Walker;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Where a kernel's code and data are mapped, as its page tables show it.
 *
 * @param runs what is mapped in the window in which the kernel's image lies, ascending; adjacent
 *     pages of one kind are one run
 * @param base the first executable address
 */
public record KernelImage(List<Run> runs, long base) {

  /** Where x86-64 and RISC-V link their kernels: the highest 2 GiB, modules above the image. */
  private static final long TOP_START = 0xffff_ffff_8000_0000L;

  private static final long TOP_END = 0xffff_ffff_bfff_ffffL;

  /** The lowest split between user and kernel of 32-bit kernels (CONFIG_VMSPLIT_1G). */
  private static final long START_32_BIT = 0x4000_0000L;

  private static final int MAX_RUNS = 1 << 16;

  /** No kernel's code and data are larger. */
  private static final long MAX_IMAGE = 256L << 20;

  /** Memory that was unmapped after boot leaves holes of this size at most. */
  private static final long MAX_HOLE = 64L << 20;

  /** Less executable memory than this is no kernel. */
  private static final long MIN_TEXT = 1L << 20;

  /**
   * Adjacent pages with the same permissions.
   *
   * @param start the first virtual address
   * @param end one past the last; 0 at the top of the address space
   * @param permissions as in {@link Permissions}
   */
  public record Run(long start, long end, int permissions) {

    public boolean isWritable() {
      return (permissions & Permissions.WRITE) != 0;
    }

    public boolean isExecutable() {
      return (permissions & Permissions.EXECUTE) != 0;
    }

    public long length() {
      return end - start;
    }
  }

  /** Copies the runs. */
  public KernelImage {
    runs = List.copyOf(runs);
  }

  /** The kernel's image under {@code tables}, when there is one. */
  public static Optional<KernelImage> find(Walker tables) {
    for (AddressRange window : windows(tables.mode())) {
      List<Run> runs = runs(tables, window);
      Optional<KernelImage> image = around(runs);
      if (image.isPresent()) {
        return image;
      }
    }
    return Optional.empty();
  }

  /** Where kernels of an architecture may lie, the likeliest first. */
  private static List<AddressRange> windows(PagingMode mode) {
    if (mode.architecture() == Architecture.X86) {
      return List.of(new AddressRange(START_32_BIT, (1L << Integer.SIZE) - START_32_BIT));
    }
    if (mode.input() == InputRule.ONES_EXTENDED) {
      // ARM64: half of the kernel's space is the linear map of all memory, the lower half since
      // 5.4, the upper before; the image lies in the other.
      long low = -1L << mode.inputBits();
      long middle = -1L << (mode.inputBits() - 1);
      return List.of(
          new AddressRange(middle, -1 - middle), new AddressRange(low, middle - low - 1));
    }
    return List.of(new AddressRange(TOP_START, TOP_END - TOP_START + 1));
  }

  private static List<Run> runs(Walker tables, AddressRange window) {
    List<Run> runs = new ArrayList<>();
    tables.forEachLeaf(
        window.start(),
        window.end() - 1,
        (address, target, pageShift, permissions) -> {
          if ((permissions & Permissions.USER) != 0) {
            return true;
          }
          long end = address + (1L << pageShift);
          Run last = runs.isEmpty() ? null : runs.getLast();
          if (last != null && last.end() == address && last.permissions() == permissions) {
            runs.set(runs.size() - 1, new Run(last.start(), end, permissions));
          } else {
            runs.add(new Run(address, end, permissions));
          }
          return runs.size() < MAX_RUNS;
        });
    return runs;
  }

  /** The largest executable run and what lies near it. */
  private static Optional<KernelImage> around(List<Run> runs) {
    int text = -1;
    for (int i = 0; i < runs.size(); i++) {
      Run run = runs.get(i);
      if (run.isExecutable()
          && run.length() >= MIN_TEXT
          && (text < 0 || run.length() > runs.get(text).length())) {
        text = i;
      }
    }
    if (text < 0) {
      return Optional.empty();
    }
    int first = text;
    while (first > 0 && runs.get(first).start() - runs.get(first - 1).end() == 0) {
      first--;
    }
    int last = text;
    while (last + 1 < runs.size()
        && runs.get(last + 1).start() - runs.get(last).end() <= MAX_HOLE
        && runs.get(last + 1).end() - runs.get(text).start() <= MAX_IMAGE) {
      last++;
    }
    long base = runs.get(text).start();
    return Optional.of(new KernelImage(runs.subList(first, last + 1), base));
  }

  /** The runs in the order in which constant data is likeliest: read-only, then all others. */
  public List<Run> constantsFirst() {
    List<Run> ordered = new ArrayList<>();
    for (Run run : runs) {
      if (!run.isWritable() && !run.isExecutable()) {
        ordered.add(run);
      }
    }
    for (Run run : runs) {
      if (run.isWritable() || run.isExecutable()) {
        ordered.add(run);
      }
    }
    return ordered;
  }

  /** The runs that hold the kernel's variables. */
  public List<Run> writable() {
    return runs.stream().filter(Run::isWritable).toList();
  }
}
