package io.nestwalk.linux.kernel;

import java.util.function.LongPredicate;

/**
 * Follows {@code struct list_head} and {@code struct hlist_head} (include/linux/types.h), whatever
 * they claim: a list ends at its end, at memory that is not there, at the bound, or where it
 * returns to itself. One whose head is not there is no empty one.
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
   * @return false where the list does not lead back to its head or is too long, which is warned of
   */
  public boolean circular(String what, long head, int limit, LongPredicate visitor) {
    return follow(what, head, head, limit, visitor);
  }

  /**
   * Visits the nodes of a list that ends with 0: {@code struct hlist_head}.
   *
   * @param what the list's name, for warnings
   * @param visitor is given a node's address; answers false to stop
   * @return false where the list does not end or is too long, which is warned of
   */
  public boolean ending(String what, long head, int limit, LongPredicate visitor) {
    return follow(what, head, 0, limit, visitor);
  }

  private boolean follow(String what, long head, long end, int limit, LongPredicate visitor) {
    if (!kernel.memory().isPresent(head)) {
      return refused("%s: the head at 0x%x is not there".formatted(what, head));
    }
    long node = kernel.pointer(head);
    long previous = head;
    // Brent's cycle finding: a node is compared with one that was met some power of two ago.
    long mark = head;
    long untilMark = 1;
    long steps = 0;
    int count = 0;
    while (node != end) {
      if (!kernel.isReadable(node)) {
        return refused(
            "%s: the link at 0x%x leads to 0x%x, which is not there"
                .formatted(what, previous, node));
      }
      if (node == mark) {
        return refused(
            "%s: the list returns to 0x%x and not to its %s"
                .formatted(what, node, end == 0 ? "end" : "head"));
      }
      if (++count > limit) {
        return refused("%s: cut off at 0x%x after %d entries".formatted(what, node, limit));
      }
      if (!visitor.test(node)) {
        return true;
      }
      if (++steps == untilMark) {
        steps = 0;
        untilMark *= 2;
        mark = node;
      }
      previous = node;
      node = kernel.pointer(node);
    }
    return true;
  }

  private boolean refused(String warning) {
    kernel.warnings().add(warning);
    return false;
  }
}
