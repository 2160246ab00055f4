package io.nestwalk.memory;

import io.nestwalk.image.Memory;
import io.nestwalk.paging.Permissions;
import io.nestwalk.paging.Translation;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * What a layer maps, as runs that are contiguous in every memory below it, down to the lowest.
 *
 * <p>The second level may use smaller pages than the first, or lack some: each is followed page by
 * page, in the page sizes of the tables themselves.
 */
public final class PageRuns {

  /** The address of a page that a layer does not map. */
  public static final long NOT_MAPPED = -1;

  /**
   * How many pieces of pages are followed in one space at most. Honest spaces have fewer; tables
   * made to tire a reader map 2^48 bytes again and again.
   */
  private static final long PIECE_BUDGET = 1L << 28;

  private static final long UNIT = 4096;
  private static final int ACCESS = Permissions.READ | Permissions.WRITE | Permissions.EXECUTE;

  private final Consumer<Run> visitor;
  private Run pending;
  private long budget = PIECE_BUDGET;

  private PageRuns(Consumer<Run> visitor) {
    this.visitor = visitor;
  }

  /**
   * A run of pages.
   *
   * @param start its first address in the layer that was asked
   * @param length how many bytes
   * @param below its address in the memory right below: guest-physical for a guest's process
   * @param lowest its address in the lowest memory (host-physical), or {@link #NOT_MAPPED} when a
   *     layer on the way lacks it
   * @param pageSize the smallest page on the way, in bytes
   * @param permissions what all layers allow, as in {@link Permissions}
   */
  public record Run(
      long start, long length, long below, long lowest, long pageSize, int permissions) {

    /** One past the last address. */
    public long end() {
      return start + length;
    }

    private boolean continues(Run last) {
      return last.end() == start
          && last.below + last.length == below
          && (lowest == NOT_MAPPED
              ? last.lowest == NOT_MAPPED
              : last.lowest != NOT_MAPPED && last.lowest + last.length == lowest)
          && last.pageSize == pageSize
          && last.permissions == permissions;
    }
  }

  /**
   * Shows the runs from {@code from} to {@code to}, both included, in ascending order.
   *
   * @return false when the tables were too many to be honest, and some runs may be missing
   */
  public static boolean forEach(TranslatedMemory space, long from, long to, Consumer<Run> visitor) {
    PageRuns runs = new PageRuns(visitor);
    boolean complete =
        space
            .walkerFor(from)
            .forEachLeaf(
                from,
                to,
                (address, target, shift, permissions) -> {
                  runs.leaf(space.below(), address, target, shift, permissions, from, to);
                  return runs.budget > 0;
                });
    runs.flush();
    return complete;
  }

  /**
   * Shows all runs of a layer of any kind. What a hypervisor's slots hold comes first, then what
   * only its tables map; each of the two in ascending order.
   *
   * @return false when the layer maps more than is honest, and some runs may be missing
   */
  public static boolean forEach(Layer space, Consumer<Run> visitor) {
    return switch (space) {
      case TranslatedMemory tables when tables.walkerFor(0) == tables.walkerFor(-1) ->
          forEach(tables, 0, -1, visitor);
      case TranslatedMemory tables ->
          forEach(tables, 0, Long.MAX_VALUE, visitor)
              && forEach(tables, Long.MIN_VALUE, -1, visitor);
      case SlotMemory slots -> inSlots(slots, slots.slots(), visitor);
      case JoinedMemory joined when joined.second() instanceof SlotMemory slots ->
          inSlots(joined, slots.slots(), visitor)
              && forEach(
                  joined.first(),
                  run -> {
                    if (slots.slots().stream().noneMatch(slot -> overlap(slot, run))) {
                      visitor.accept(run);
                    }
                  });
      default -> throw new IllegalArgumentException("no way to enumerate " + space.getClass());
    };
  }

  private static boolean overlap(MemorySlot slot, Run run) {
    return run.start < slot.end() && slot.start() < run.end();
  }

  private static boolean inSlots(Layer space, List<MemorySlot> slots, Consumer<Run> visitor) {
    PageRuns runs = new PageRuns(visitor);
    boolean complete =
        SlotPages.forEach(
            slots,
            address -> {
              long translation = space.translate(address);
              if (!Translation.isFault(translation)) {
                long target = Translation.address(translation);
                long size = Translation.pageSize(translation);
                Position position = new Position(address, target, size, Permissions.ALL);
                runs.descend(space.below(), target, UNIT, position);
              }
              return runs.budget > 0;
            });
    runs.flush();
    return complete;
  }

  /** The runs from {@code from} to {@code to}, both included. */
  public static List<Run> of(TranslatedMemory space, long from, long to) {
    List<Run> runs = new ArrayList<>();
    forEach(space, from, to, runs::add);
    return runs;
  }

  /** A leaf of the top layer, cut to what was asked for. */
  private void leaf(
      Memory below, long address, long target, int shift, int permissions, long from, long to) {
    long start = Long.compareUnsigned(address, from) < 0 ? from & -UNIT : address;
    long last = address + (1L << shift) - 1;
    long end = Long.compareUnsigned(last, to) > 0 ? to | UNIT - 1 : last;
    long first = target + (start - address);
    Position position = new Position(start, first, 1L << shift, permissions);
    descend(below, first, end - start + 1, position);
  }

  /**
   * Where a stretch came from, which the layers below only add to.
   *
   * @param start its address in the top layer
   * @param below its address in the memory right below that
   */
  private record Position(long start, long below, long pageSize, int permissions) {

    Position at(long offset, long newPageSize, int newPermissions) {
      return new Position(
          start + offset,
          below + offset,
          Math.min(pageSize, newPageSize),
          permissions & (newPermissions | ~ACCESS));
    }
  }

  private void descend(Memory memory, long address, long length, Position position) {
    switch (memory) {
      case TranslatedMemory tables ->
          throughTables(tables, Optional.empty(), address, length, position);
      case JoinedMemory joined when joined.first() instanceof TranslatedMemory tables ->
          throughTables(tables, Optional.of(joined.second()), address, length, position);
      case Layer layer -> throughLayer(layer, address, length, position);
      default -> add(position, length, address);
    }
  }

  /**
   * @param otherwise the view that is asked for what the tables lack
   */
  private void throughTables(
      TranslatedMemory tables,
      Optional<Layer> otherwise,
      long address,
      long length,
      Position position) {
    long[] done = {0};
    tables
        .walkerFor(address)
        .forEachLeaf(
            address,
            address + length - 1,
            (input, target, shift, permissions) -> {
              long start = Math.max(input, address);
              long end = Math.min(input + (1L << shift), address + length);
              lacking(otherwise, address, position, done[0], start - address);
              descend(
                  tables.below(),
                  target + (start - input),
                  end - start,
                  position.at(start - address, 1L << shift, permissions));
              done[0] = end - address;
              return true;
            });
    lacking(otherwise, address, position, done[0], length);
  }

  private void lacking(
      Optional<Layer> otherwise, long address, Position position, long from, long to) {
    if (otherwise.isEmpty()) {
      hole(position, from, to);
    } else if (from < to) {
      Position here = position.at(from, Long.MAX_VALUE, Permissions.ALL);
      throughLayer(otherwise.get(), address + from, to - from, here);
    }
  }

  /** A layer without tables (a hypervisor's memory slots) is asked page by page. */
  private void throughLayer(Layer layer, long address, long length, Position position) {
    for (long offset = 0; offset < length && budget > 0; offset += UNIT) {
      long translation = layer.translate(address + offset);
      if (Translation.isFault(translation)) {
        hole(position, offset, offset + UNIT);
      } else {
        descend(
            layer.below(),
            Translation.address(translation),
            UNIT,
            position.at(offset, Translation.pageSize(translation), Permissions.ALL));
      }
    }
  }

  private void hole(Position position, long from, long to) {
    if (from < to) {
      add(position.at(from, Long.MAX_VALUE, Permissions.ALL), to - from, NOT_MAPPED);
    }
  }

  private void add(Position position, long length, long lowest) {
    budget--;
    Run run =
        new Run(
            position.start,
            length,
            position.below,
            lowest,
            position.pageSize,
            position.permissions);
    if (pending != null && run.continues(pending)) {
      pending =
          new Run(
              pending.start,
              pending.length + length,
              pending.below,
              pending.lowest,
              pending.pageSize,
              pending.permissions);
      return;
    }
    flush();
    pending = run;
  }

  private void flush() {
    if (pending != null) {
      visitor.accept(pending);
      pending = null;
    }
  }
}
