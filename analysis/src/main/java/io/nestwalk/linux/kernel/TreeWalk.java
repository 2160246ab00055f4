package io.nestwalk.linux.kernel;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Set;
import java.util.function.LongPredicate;

/**
 * Goes over trees whose nodes have lists of children, whatever they claim. A node is shown once. A
 * tree has no more links to children than it has nodes: all lists together are followed no further,
 * however often they name the same nodes.
 */
public final class TreeWalk {

  private final int limit;
  private final Set<Long> seen = new HashSet<>();
  private final Deque<Long> open = new ArrayDeque<>();
  private int links;
  private boolean complete = true;

  /** Looks at a node of a tree. */
  @FunctionalInterface
  public interface Visitor {

    /**
     * Looks at a node.
     *
     * @param children takes the address of each of its children; answers false when there were too
     *     many of them
     */
    void node(long node, LongPredicate children);
  }

  /**
   * A walk over one tree or several.
   *
   * @param limit how many nodes all of them may have
   */
  public TreeWalk(int limit) {
    this.limit = limit;
  }

  /** Shows a tree's nodes, those nearest to its root first. */
  public void from(long root, Visitor visitor) {
    child(root);
    while (!open.isEmpty()) {
      visitor.node(open.poll(), this::child);
    }
  }

  private boolean child(long node) {
    if (links == limit) {
      complete = false;
      return false;
    }
    links++;
    if (seen.add(node)) {
      open.add(node);
    }
    return true;
  }

  /** Whether all nodes were shown. */
  public boolean isComplete() {
    return complete;
  }
}
