package io.nestwalk.windows.kernel;

import java.util.function.LongPredicate;

/**
 * Follows lists of {@code _LIST_ENTRY}, whatever they claim, in both directions: where one is cut,
 * the other shows what lies behind the cut.
 */
public final class ListWalk {

  private final Kernel kernel;

  /** Reads that kernel's lists. */
  public ListWalk(Kernel kernel) {
    this.kernel = kernel;
  }

  /**
   * Visits the entries of a list from a known one on, that one not included, forwards and then
   * backwards until {@code visitor} says that the end is reached. An entry may be visited twice.
   *
   * @param what the list's name, for warnings
   * @param start a known entry or the list's head
   * @param limit how many entries are followed in each direction
   * @param visitor is given an entry's address; answers false at the end of the list
   * @return whether one of the directions led to the end
   */
  public boolean both(String what, long start, int limit, LongPredicate visitor) {
    boolean forwards = follow(what + ", forwards", start, 0, limit, visitor);
    boolean backwards =
        follow(what + ", backwards", start, kernel.layout().pointerSize(), limit, visitor);
    return forwards || backwards;
  }

  /**
   * Visits the entries of a list forwards from its head, that not included.
   *
   * @param what the list's name, for warnings
   * @param limit how many entries are followed
   * @param visitor is given an entry's address; answers false to stop
   */
  public void forwards(String what, long head, int limit, LongPredicate visitor) {
    follow(what, head, 0, limit, visitor);
  }

  private boolean follow(String what, long start, int link, int limit, LongPredicate visitor) {
    long previous = start;
    long entry = kernel.pointer(start + link);
    // Brent's cycle finding: an entry is compared with one that was met some power of two ago.
    long mark = start;
    long untilMark = 1;
    long steps = 0;
    for (int count = 0; entry != start; count++) {
      if (!kernel.isObject(entry)) {
        refuse(
            "%s: the link at 0x%x leads to 0x%x, which is not there"
                .formatted(what, previous, entry));
        return false;
      }
      if (entry == mark) {
        refuse("%s: the list returns to 0x%x and not to its head".formatted(what, entry));
        return false;
      }
      if (count >= limit) {
        refuse("%s: cut off at 0x%x after %d entries".formatted(what, entry, limit));
        return false;
      }
      if (!visitor.test(entry)) {
        return true;
      }
      if (++steps == untilMark) {
        steps = 0;
        untilMark *= 2;
        mark = entry;
      }
      previous = entry;
      entry = kernel.pointer(entry + link);
    }
    return true;
  }

  private void refuse(String text) {
    kernel.warnings().add(text);
  }
}
