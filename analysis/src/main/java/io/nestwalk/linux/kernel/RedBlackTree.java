package io.nestwalk.linux.kernel;

import io.nestwalk.types.Field;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.LongPredicate;

/** {@code struct rb_root} (include/linux/rbtree_types.h). */
public final class RedBlackTree {

  /** A balanced tree is at most twice as deep as the logarithm of any count that fits memory. */
  private static final int MAX_DEPTH = 96;

  private final Kernel kernel;
  private final Field top;
  private final Field left;
  private final Field right;

  public RedBlackTree(Kernel kernel) {
    this.kernel = kernel;
    top = kernel.types().field("rb_root", "rb_node");
    left = kernel.types().field("rb_node", "rb_left");
    right = kernel.types().field("rb_node", "rb_right");
  }

  /**
   * Visits the nodes in order.
   *
   * @return false where a part of the tree can't be read or was too much, which is warned of
   */
  public boolean forEach(String what, long root, int limit, LongPredicate visitor) {
    if (!kernel.memory().isPresent(top.at(root))) {
      kernel.warnings().add("%s: the root at 0x%x is not there".formatted(what, root));
      return false;
    }
    Deque<Long> above = new ArrayDeque<>();
    long node = kernel.value(top, root);
    int count = 0;
    while (node != 0 || !above.isEmpty()) {
      while (node != 0) {
        if (!kernel.isReadable(node) || above.size() >= MAX_DEPTH) {
          kernel.warnings().add("%s: no tree node at 0x%x".formatted(what, node));
          return false;
        }
        above.push(node);
        node = kernel.value(left, node);
      }
      node = above.pop();
      if (++count > limit) {
        kernel.warnings().add("%s: cut off at 0x%x after %d".formatted(what, node, limit));
        return false;
      }
      if (!visitor.test(node)) {
        return true;
      }
      node = kernel.value(right, node);
    }
    return true;
  }
}
