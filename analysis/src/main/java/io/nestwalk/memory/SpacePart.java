package io.nestwalk.memory;

import io.nestwalk.paging.Permissions;
import java.util.function.Consumer;

/**
 * A part of what a layer maps that belongs together: all of it, the kernel's, or a process's own.
 * Where a space has two halves, the upper one is the kernel's; a space of 32 bits has none, and its
 * kernel and processes are told apart by permission.
 *
 * @param layer the space
 * @param from the first address
 * @param to the last address, unsigned
 */
public record SpacePart(Layer layer, long from, long to) {

  private static final int NARROW_BITS = 32;

  /** Everything that a layer maps. */
  public static SpacePart all(Layer layer) {
    return new SpacePart(layer, 0, -1);
  }

  /** The kernel's part of a space. */
  public static SpacePart kernelOf(Layer space) {
    return new SpacePart(space, kernelStart(space.inputBits()), -1);
  }

  /**
   * The first address of the kernel's part of a space.
   *
   * @param inputBits how wide the space's addresses are
   */
  public static long kernelStart(int inputBits) {
    return inputBits <= NARROW_BITS ? 0 : Long.MIN_VALUE;
  }

  /** The part of a space that is its process's own. */
  public static SpacePart userOf(Layer space) {
    return new SpacePart(space, 0, isNarrow(space) ? -1 : Long.MAX_VALUE);
  }

  /**
   * Shows the runs, in ascending order of address. Of a space without halves those of the other
   * part are among them.
   *
   * @param budget how many pieces may be looked at
   * @return how far it came: hostile tables map more than anybody can look at
   */
  public Enumerated show(Budget budget, Consumer<PageRuns.Run> visitor) {
    return PageRuns.forEach(layer, from, to, budget, visitor);
  }

  /** Whether the space has no halves. */
  public boolean isNarrow() {
    return isNarrow(layer);
  }

  /** Whether user code may use the run's pages. */
  public static boolean isUsers(PageRuns.Run run) {
    return (run.permissions() & Permissions.USER) != 0;
  }

  private static boolean isNarrow(Layer space) {
    return space.inputBits() <= NARROW_BITS;
  }
}
