package io.nestwalk.linux.kernel;

import java.util.function.LongPredicate;

/**
 * Follows {@code struct list_head} and {@code struct hlist_head} (include/linux/types.h), whatever
 * they claim: a list ends at its head, at memory that is not there, at the bound, or where it
 * returns to itself.
 */
public final class ListWalk {

  private final Kernel kernel;

  public ListWalk(Kernel kernel) {
    this.kernel = kernel;
  }

  /**
   * Visits the nodes of a circular list, the head not included.
   *
   * @param what the list's name, for warnings
   * @param visitor is given a node's address; answers false to stop
   */
  public void circular(String what, long head, int limit, LongPredicate visitor) {
    long node = kernel.pointer(head);
    long previous = head;
    // Brent's cycle finding: a node is compared with one that was met some power of two ago.
    long mark = head;
    long untilMark = 1;
    long steps = 0;
    int count = 0;
    while (node != head) {
      if (!kernel.isReadable(node)) {
        kernel
            .warnings()
            .add(
                "%s: the link at 0x%x leads to 0x%x, which is not there"
                    .formatted(what, previous, node));
        return;
      }
      if (node == mark) {
        kernel
            .warnings()
            .add("%s: the list returns to 0x%x and not to its head".formatted(what, node));
        return;
      }
      if (++count > limit) {
        kernel.warnings().add("%s: cut off at 0x%x after %d entries".formatted(what, node, limit));
        return;
      }
      if (!visitor.test(node)) {
        return;
      }
      if (++steps == untilMark) {
        steps = 0;
        untilMark *= 2;
        mark = node;
      }
      previous = node;
      node = kernel.pointer(node);
    }
  }
}
