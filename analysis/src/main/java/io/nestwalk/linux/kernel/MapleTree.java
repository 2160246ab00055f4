package io.nestwalk.linux.kernel;

import io.nestwalk.types.Field;
import io.nestwalk.types.KernelTypes;
import java.util.function.LongPredicate;

/**
 * {@code struct maple_tree} (include/linux/maple_tree.h, lib/maple_tree.c). A pointer to a node
 * carries the node's type in bits 6:3; nodes are aligned to 256 bytes.
 */
public final class MapleTree {

  private static final int DENSE = 0;
  private static final int LEAF = 1;
  private static final int RANGE_WITH_GAPS = 3;
  private static final int MAX_DEPTH = 16;
  private static final int MAX_NODES = 1 << 18;
  private static final long NODE_MASK = 0xff;

  private final Kernel kernel;
  private final Field root;
  private final Field rangePivots;
  private final Field rangeSlots;
  private final Field gapPivots;
  private final Field gapSlots;
  private final Field denseSlots;
  private int nodes;

  public MapleTree(Kernel kernel) {
    this.kernel = kernel;
    KernelTypes types = kernel.types();
    root = types.field("maple_tree", "ma_root");
    rangePivots = types.field("maple_range_64", "pivot");
    rangeSlots = types.field("maple_range_64", "slot");
    gapPivots = types.field("maple_arange_64", "pivot");
    gapSlots = types.field("maple_arange_64", "slot");
    denseSlots = types.field("maple_node", "slot");
  }

  /** Visits the entries in the order of their indices. */
  public void forEach(String what, long tree, LongPredicate visitor) {
    long entry = kernel.value(root, tree);
    nodes = 0;
    if (isNode(entry)) {
      visit(what, entry, 0, kernel.types().pointerSize() == 4 ? 0xffff_ffffL : -1, 0, visitor);
    } else if (entry != 0) {
      visitSlot(what, entry, true, 0, 0, 0, visitor);
    }
  }

  private static boolean isNode(long entry) {
    return (entry & 3) == 2 && Long.compareUnsigned(entry, 4096) > 0;
  }

  private boolean visit(
      String what, long entry, long low, long high, int depth, LongPredicate visitor) {
    long node = entry & ~NODE_MASK;
    int type = (int) (entry >>> 3) & 0xf;
    if (!kernel.isReadable(node) || type > RANGE_WITH_GAPS || depth > MAX_DEPTH) {
      kernel.warnings().add("%s: no maple node at 0x%x".formatted(what, entry));
      return true;
    }
    if (++nodes > MAX_NODES) {
      kernel.warnings().add("%s: cut off at node 0x%x".formatted(what, node));
      return false;
    }
    boolean leaf = type == DENSE || type == LEAF;
    Field slots = type == DENSE ? denseSlots : type == RANGE_WITH_GAPS ? gapSlots : rangeSlots;
    Field pivots = type == RANGE_WITH_GAPS ? gapPivots : rangePivots;
    long from = low;
    for (int i = 0; i < slots.count(); i++) {
      long to = high;
      if (type != DENSE && i < pivots.count()) {
        long pivot = kernel.pointer(pivots.at(node, i));
        // A pivot of 0 after the first slot means that the node's last slot is this one.
        to = pivot == 0 && i > 0 ? high : pivot;
      }
      if (Long.compareUnsigned(to, high) > 0 || Long.compareUnsigned(to, from) < 0) {
        kernel.warnings().add("%s: pivots of node 0x%x are out of order".formatted(what, node));
        return true;
      }
      long slot = kernel.pointer(slots.at(node, i));
      if (slot != 0 && !visitSlot(what, slot, leaf, from, to, depth, visitor)) {
        return false;
      }
      if (to == high && type != DENSE) {
        break;
      }
      from = to + 1;
    }
    return true;
  }

  private boolean visitSlot(
      String what, long slot, boolean leaf, long from, long to, int depth, LongPredicate visitor) {
    if (!leaf) {
      return visit(what, slot, from, to, depth + 1, visitor);
    }
    // Entries with low bits set are marks of the tree's own.
    return (slot & 3) != 0 || visitor.test(slot);
  }
}
