package io.nestwalk.windows.memory;

import io.nestwalk.types.Field;
import io.nestwalk.windows.kernel.Kernel;
import io.nestwalk.windows.kernel.PoolScan;
import io.nestwalk.windows.layout.Layout;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Reads the trees of virtual address descriptors: balanced trees inside an {@code _MM_AVL_TABLE} up
 * to Windows 8, of {@code _RTL_BALANCED_NODE} from 8.1 on.
 */
final class VadTree {

  private static final int PAGE_SHIFT = 12;

  /** A process with more mappings than this is none. */
  private static final int MAX_NODES = 1 << 20;

  /** So many nodes that are none are named; a torn tree has more. */
  private static final int NAMED = 8;

  /** Tags of the pool's blocks that hold descriptors: short ones, long ones. */
  private static final Set<Integer> TAGS =
      Stream.of("VadS", "VadF", "Vad ", "Vadl", "Vadm")
          .map(PoolScan::tag)
          .collect(Collectors.toUnmodifiableSet());

  /** A balanced tree of as many nodes as there can be is not deeper. */
  private static final int MAX_DEPTH = 64;

  private static final long BALANCE = 7;

  private final Kernel kernel;
  private final Optional<Field> root;
  private final Optional<Field> count;
  private final Optional<Field> start;
  private final Optional<Field> end;
  private final Optional<Field> startHigh;
  private final Optional<Field> endHigh;
  private final Optional<Field> type;
  private final Optional<Field> protection;
  private final Optional<Field> isPrivate;
  private final Optional<Field> commit;
  private final Optional<Field> subsection;
  private final Optional<Field> firstPrototype;
  private final Optional<Field> lastPrototype;

  /** All descriptors in the pool; looked for when a tree is torn. */
  private List<Long> inPool;

  VadTree(Kernel kernel) {
    this.kernel = kernel;
    Layout layout = kernel.layout();
    root = layout.findField("_EPROCESS", "VadRoot");
    count =
        layout
            .findField("_EPROCESS", "VadCount")
            .or(() -> layout.findField("_EPROCESS", "VadRoot.NumberGenericTableElements"));
    String small = "_MMVAD_SHORT";
    start = layout.findField(small, "StartingVpn");
    end = layout.findField(small, "EndingVpn");
    startHigh = layout.findField(small, "StartingVpnHigh");
    endHigh = layout.findField(small, "EndingVpnHigh");
    type = layout.findField(small, "u.VadFlags.VadType");
    protection = layout.findField(small, "u.VadFlags.Protection");
    isPrivate = layout.findField(small, "u.VadFlags.PrivateMemory");
    commit =
        layout
            .findField(small, "u.VadFlags.MemCommit")
            .or(() -> layout.findField(small, "u1.VadFlags1.MemCommit"));
    subsection = layout.findField("_MMVAD", "Subsection");
    firstPrototype = layout.findField("_MMVAD", "FirstPrototypePte");
    lastPrototype = layout.findField("_MMVAD", "LastContiguousPte");
  }

  /** Whether this kernel's descriptors can be read at all. */
  boolean isKnown() {
    return root.isPresent() && start.isPresent() && end.isPresent() && protection.isPresent();
  }

  /** The descriptors of a process, in ascending order, without those that overlap another. */
  List<Vad> of(long process) {
    if (!isKnown()) {
      return List.of();
    }
    int pointer = kernel.layout().pointerSize();
    boolean table = root.get().size() > pointer;
    // _MM_AVL_TABLE begins with a node whose right child is the tree; nodes begin with the parent.
    long top = kernel.pointer(root.get().at(process) + (table ? 2L * pointer : 0));
    int left = table ? pointer : 0;
    int right = left + pointer;
    List<Vad> found = new ArrayList<>();
    Set<Long> seen = new HashSet<>();
    Deque<Long> open = new ArrayDeque<>();
    int refused = 0;
    if (top != 0) {
      open.push(top);
    }
    while (!open.isEmpty()) {
      long node = open.pop();
      if (!seen.add(node)) {
        refused += refuse(refused, process, "the tree returns to 0x%x".formatted(node));
        continue;
      }
      if (seen.size() > MAX_NODES) {
        refuse(0, process, "cut off after %d nodes".formatted(MAX_NODES));
        break;
      }
      Optional<Vad> vad = kernel.isObject(node) ? read(node) : Optional.empty();
      if (vad.isEmpty()) {
        refused += refuse(refused, process, "no descriptor at 0x%x".formatted(node));
        continue;
      }
      found.add(vad.get());
      push(open, kernel.pointer(node + left));
      push(open, kernel.pointer(node + right));
    }
    if (refused > 0 || kernel.value(count, process) > found.size()) {
      int parent = table ? 0 : 2 * pointer;
      List<Vad> lost = lost(seen, parent);
      if (!lost.isEmpty()) {
        refuse(0, process, "%d were found by their parents alone".formatted(lost.size()));
        found.addAll(lost);
      }
    }
    found.sort((a, b) -> Long.compareUnsigned(a.start(), b.start()));
    return withoutOverlap(process, found);
  }

  /**
   * What no node of a torn tree leads to any more, but leads up to one: blocks of the pool that
   * hold descriptors are asked for their parents.
   *
   * @param tree the nodes that the tree leads to
   * @param parent where a node has its parent's address
   */
  private List<Vad> lost(Set<Long> tree, int parent) {
    List<Vad> lost = new ArrayList<>();
    for (long node : inPool()) {
      long above = node;
      for (int i = 0; i < MAX_DEPTH && !tree.contains(above) && kernel.isObject(above); i++) {
        above = kernel.pointer(above + parent) & ~BALANCE;
      }
      if (above != node && tree.contains(above)) {
        read(node).ifPresent(lost::add);
      }
    }
    return lost;
  }

  private List<Long> inPool() {
    if (inPool == null) {
      List<Long> nodes = new ArrayList<>();
      PoolScan scan = new PoolScan(kernel);
      scan.forEach(
          TAGS,
          block -> {
            if (nodes.size() < MAX_NODES) {
              nodes.add(block + scan.headerBytes());
            }
          });
      inPool = List.copyOf(nodes);
    }
    return inPool;
  }

  private static void push(Deque<Long> open, long node) {
    if (node != 0) {
      open.push(node);
    }
  }

  private int refuse(int before, long process, String what) {
    if (before < NAMED) {
      kernel.warnings().add("mappings of the process at 0x%x: %s".formatted(process, what));
    }
    return 1;
  }

  private List<Vad> withoutOverlap(long process, List<Vad> sorted) {
    List<Vad> kept = new ArrayList<>(sorted.size());
    int refused = 0;
    long next = 0;
    for (Vad vad : sorted) {
      if (Long.compareUnsigned(vad.start(), next) < 0) {
        refused +=
            refuse(
                refused,
                process,
                "the descriptor at 0x%x overlaps the one before it".formatted(vad.node()));
      } else {
        kept.add(vad);
        next = vad.end();
      }
    }
    return List.copyOf(kept);
  }

  private Optional<Vad> read(long node) {
    if (!kernel.memory().isPresent(end.get().at(node) + end.get().size() - 1)) {
      return Optional.empty();
    }
    long first =
        (kernel.value(start, node) | kernel.value(startHigh, node) << Integer.SIZE) << PAGE_SHIFT;
    long last =
        (kernel.value(end, node) | kernel.value(endHigh, node) << Integer.SIZE) << PAGE_SHIFT;
    long limit = last + (1L << PAGE_SHIFT);
    if (Long.compareUnsigned(first, last) > 0 || kernel.isKernelAddress(limit - 1)) {
      return Optional.empty();
    }
    boolean own = kernel.value(isPrivate, node) != 0;
    return Optional.of(
        new Vad(
            node,
            first,
            limit,
            (int) kernel.value(type, node),
            new Protection((int) kernel.value(protection, node) & 31),
            own,
            kernel.value(commit, node) != 0,
            own ? Optional.empty() : view(node)));
  }

  /** What only descriptors of the long form have. */
  private Optional<Vad.View> view(long node) {
    long pages = kernel.value(subsection, node);
    long first = kernel.value(firstPrototype, node);
    if (!kernel.isObject(pages) || !kernel.isKernelAddress(first)) {
      return Optional.empty();
    }
    return Optional.of(new Vad.View(pages, first, kernel.value(lastPrototype, node)));
  }

  /** Finds the descriptor that covers an address; -1 for none. */
  static int indexOf(List<Vad> sorted, long address) {
    int low = 0;
    int high = sorted.size() - 1;
    while (low <= high) {
      int middle = (low + high) >>> 1;
      Vad vad = sorted.get(middle);
      if (Long.compareUnsigned(address, vad.start()) < 0) {
        high = middle - 1;
      } else if (Long.compareUnsigned(address, vad.end()) >= 0) {
        low = middle + 1;
      } else {
        return middle;
      }
    }
    return -1 - low;
  }
}
