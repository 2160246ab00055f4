package io.nestwalk.linux.kernel;

import io.nestwalk.types.Field;
import io.nestwalk.types.MissingTypeException;
import io.nestwalk.types.StructLayout;
import java.util.function.LongPredicate;

/**
 * {@code struct xarray} (include/linux/xarray.h) and the radix tree that it replaced in 4.20: what
 * pid tables and KVM's vCPUs are kept in.
 */
public final class RadixTree {

  private static final int MAX_DEPTH = 12;
  private static final int MAX_NODES = 1 << 18;

  private final Kernel kernel;
  private final Field head;
  private final Field slots;
  private final Field shift;

  /** What the low two bits of a pointer to a node are. */
  private final int nodeTag;

  private int nodes;
  private boolean complete;

  public RadixTree(Kernel kernel) {
    this.kernel = kernel;
    StructLayout xarray = kernel.types().find("xarray").orElse(null);
    if (xarray != null && xarray.find("xa_head").isPresent()) {
      head = xarray.field("xa_head");
      StructLayout node = kernel.types().struct("xa_node");
      slots = node.field("slots");
      shift = node.field("shift");
      nodeTag = 2;
    } else {
      StructLayout root = kernel.types().struct("radix_tree_root");
      head = root.field("rnode");
      StructLayout node = kernel.types().struct("radix_tree_node");
      slots = node.field("slots");
      shift = node.field("shift");
      nodeTag = 1;
    }
    if (slots.count() > 1 << 8) {
      throw new MissingTypeException("a credible xa_node.slots");
    }
  }

  /**
   * Visits the pointers that the tree at {@code tree} holds, in the order of their indices.
   *
   * @param what the tree's name, for warnings
   * @return false where a part of the tree can't be read or was too much, which is warned of
   */
  public boolean forEach(String what, long tree, LongPredicate visitor) {
    if (!kernel.memory().isPresent(head.at(tree))) {
      kernel.warnings().add("%s: the root at 0x%x is not there".formatted(what, tree));
      return false;
    }
    nodes = 0;
    complete = true;
    visit(what, kernel.value(head, tree), MAX_DEPTH, Long.SIZE, visitor);
    return complete;
  }

  private boolean visit(
      String what, long entry, int depth, int parentShift, LongPredicate visitor) {
    if ((entry & 3) != nodeTag) {
      return (entry & 3) != 0 || entry == 0 || visitor.test(entry);
    }
    long node = entry - nodeTag;
    if (node >= 0 && node < 1 << 12) {
      // A small internal entry is a mark (retry, zero, sibling), not a node.
      return true;
    }
    int nodeShift = (int) shift.get(kernel.memory(), node, Long.SIZE);
    if (!kernel.isReadable(node) || nodeShift >= parentShift || depth == 0) {
      kernel.warnings().add("%s: no tree node at 0x%x".formatted(what, node));
      complete = false;
      return true;
    }
    if (++nodes > MAX_NODES) {
      kernel.warnings().add("%s: cut off at node 0x%x".formatted(what, node));
      complete = false;
      return false;
    }
    for (int i = 0; i < slots.count(); i++) {
      long slot = kernel.pointer(slots.at(node, i));
      if (slot != 0 && !visit(what, slot, depth - 1, nodeShift, visitor)) {
        return false;
      }
    }
    return true;
  }
}
