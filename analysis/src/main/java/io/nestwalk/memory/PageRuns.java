package io.nestwalk.memory;

import io.nestwalk.image.Memory;
import io.nestwalk.paging.Permissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * What a layer maps, as runs that are contiguous in every memory below it, down to the lowest.
 *
 * <p>The second level may use smaller pages than the first, or lack some: each is followed in the
 * page sizes of the tables themselves.
 */
public final class PageRuns {

  /** The address of a page that a layer does not map. */
  public static final long NOT_MAPPED = -1;

  private static final int ACCESS = Permissions.READ | Permissions.WRITE | Permissions.EXECUTE;

  private final Consumer<Run> visitor;
  private final Budget budget;

  /** The last piece, to which the next may be joined; none before the first. */
  private boolean pending;

  private long start;
  private long length;
  private long below;
  private long lowest;
  private int pageShift;
  private int permissions;
  private PageState state;

  private PageRuns(Budget budget, Consumer<Run> visitor) {
    this.budget = budget;
    this.visitor = visitor;
  }

  /**
   * A run of pages.
   *
   * @param start its first address in the layer that was asked
   * @param length how many bytes
   * @param below its address in the memory right below: guest-physical for a guest's process; or
   *     {@link #NOT_MAPPED}
   * @param lowest its address in the lowest memory (host-physical), or {@link #NOT_MAPPED} when a
   *     layer on the way lacks it
   * @param pageSize the smallest page on the way, in bytes
   * @param permissions what all layers allow, as in {@link Permissions}
   * @param state what the pages are: the word of the first layer on the way that does not map them
   */
  public record Run(
      long start,
      long length,
      long below,
      long lowest,
      long pageSize,
      int permissions,
      PageState state) {

    /** One past the last address. */
    public long end() {
      return start + length;
    }
  }

  /**
   * Shows the runs from {@code from} to {@code to}, both included, in ascending order.
   *
   * @param budget is taken from, by pieces of pages
   * @return how far it came: hostile tables may map more than anybody can look at
   */
  public static Enumerated forEach(
      Layer space, long from, long to, Budget budget, Consumer<Run> visitor) {
    PageRuns runs = new PageRuns(budget, visitor);
    Memory next = space.below();
    Enumerated shown =
        space.forEachRun(
            from,
            to,
            budget,
            (address, target, size, shift, permissions, state) ->
                target == NOT_MAPPED
                    ? runs.add(address, size, target, target, shift, permissions, state)
                    : runs.descend(next, target, size, address, target, shift, permissions, state));
    runs.flush();
    return shown;
  }

  /** Shows all runs of a layer. */
  public static Enumerated forEach(Layer space, Budget budget, Consumer<Run> visitor) {
    return forEach(space, 0, -1, budget, visitor);
  }

  /** The runs from {@code from} to {@code to}, both included; cut where the budget ends. */
  public static List<Run> of(Layer space, long from, long to, Budget budget) {
    List<Run> runs = new ArrayList<>();
    forEach(space, from, to, budget, runs::add);
    return runs;
  }

  /**
   * Follows a stretch further down.
   *
   * @param position its address in {@code memory}
   * @param top its address in the layer that was asked
   * @param target its address right below that
   */
  private boolean descend(
      Memory memory,
      long position,
      long size,
      long top,
      long target,
      int shift,
      int granted,
      PageState known) {
    Optional<Layer> layer = Layer.of(memory);
    if (layer.isEmpty()) {
      return add(top, size, target, position, shift, granted, known);
    }
    Memory next = layer.get().below();
    long[] done = {0};
    Enumerated shown =
        layer
            .get()
            .forEachRun(
                position,
                position + size - 1,
                budget,
                (address, lower, bytes, pageBits, allowed, state) -> {
                  long offset = address - position;
                  int smaller = Math.min(shift, pageBits);
                  // Lower layers know nothing of user mode in the upper one.
                  int both = granted & (allowed | ~ACCESS);
                  PageState word = known.isMapped() ? state : known;
                  boolean more =
                      hole(done[0], offset, top, target, shift, granted, known)
                          && (lower == NOT_MAPPED
                              ? add(
                                  top + offset, bytes, target + offset, lower, smaller, both, word)
                              : descend(
                                  next,
                                  lower,
                                  bytes,
                                  top + offset,
                                  target + offset,
                                  smaller,
                                  both,
                                  word));
                  done[0] = offset + bytes;
                  return more;
                });
    return shown.complete() && hole(done[0], size, top, target, shift, granted, known);
  }

  private boolean hole(
      long from, long to, long top, long target, int shift, int granted, PageState known) {
    return from >= to
        || add(top + from, to - from, target + from, NOT_MAPPED, shift, granted, known);
  }

  private boolean add(
      long address, long size, long target, long low, int shift, int granted, PageState known) {
    if (pending
        && start + length == address
        && follows(below, target)
        && follows(lowest, low)
        && pageShift == shift
        && permissions == granted
        && known.continues(state, length)) {
      length += size;
      return true;
    }
    flush();
    pending = true;
    start = address;
    length = size;
    below = target;
    lowest = low;
    pageShift = shift;
    permissions = granted;
    state = known;
    return true;
  }

  /** Whether {@code next} lies right behind the pending run's {@code last}. */
  private boolean follows(long last, long next) {
    return next == NOT_MAPPED ? last == NOT_MAPPED : last != NOT_MAPPED && last + length == next;
  }

  private void flush() {
    if (pending) {
      visitor.accept(new Run(start, length, below, lowest, 1L << pageShift, permissions, state));
      pending = false;
    }
  }
}
