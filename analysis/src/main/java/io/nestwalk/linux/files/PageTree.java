package io.nestwalk.linux.files;

import io.nestwalk.linux.kernel.Kernel;
import io.nestwalk.types.Field;
import io.nestwalk.types.StructLayout;
import java.util.Optional;

/**
 * The pages of a file: {@code address_space.i_pages}, an xarray (before 4.20 a radix tree) by page
 * number. What is larger than a page stands at its first number, with marks at the others.
 */
final class PageTree {

  private static final int MAX_NODES = 1 << 20;
  private static final int NODE = 2;
  private static final int SLOTS = 64;

  /** An entry stands for no more pages: 1 GiB in pages of 4 KiB, as hugetlbfs has them. */
  private static final long MOST_OF_ENTRY = 1L << 18;

  /** A file has no more pages in memory: 1 TiB in pages of 4 KiB. */
  private static final long MOST_OF_FILE = 1L << 28;

  private final Kernel kernel;
  private final Field head;
  private final Field slots;
  private final Field shift;
  private final Optional<Field> firstIndex;
  private final int pageSize;
  private int nodes;
  private long shown;

  PageTree(Kernel kernel) {
    this.kernel = kernel;
    StructLayout space = kernel.types().struct("address_space");
    head = space.firstOf("i_pages.xa_head");
    StructLayout node = kernel.types().struct("xa_node");
    slots = node.field("slots");
    shift = node.field("shift");
    pageSize = kernel.types().struct("page").size();
    firstIndex =
        kernel
            .types()
            .findField("folio", "index")
            .or(() -> kernel.types().findField("page", "index"));
  }

  /** Is shown {@code struct page} of a page number; answers false to stop. */
  @FunctionalInterface
  interface Visitor {
    boolean page(long index, long page);
  }

  /** Visits the pages of an address_space, ascending. */
  void forEach(long space, Visitor visitor) {
    nodes = 0;
    shown = 0;
    long entry = kernel.value(head, space);
    if ((entry & 3) == NODE) {
      node(entry - NODE, 0, Long.SIZE, visitor);
    } else if (isPage(entry)) {
      pages(entry, 0, 1, visitor);
    }
  }

  /** The low bits of an entry tell nodes, marks and what was swapped out from pages. */
  private static boolean isPage(long entry) {
    return entry != 0 && (entry & 3) == 0;
  }

  private boolean node(long node, long base, int above, Visitor visitor) {
    int own = (int) shift.get(kernel.memory(), node, Long.SIZE);
    if (!kernel.isReadable(node) || own >= above || ++nodes > MAX_NODES) {
      kernel.warnings().add("pages of a file: no tree node at 0x%x".formatted(node));
      return false;
    }
    for (int i = 0; i < Math.min(slots.count(), SLOTS); i++) {
      long entry = kernel.pointer(slots.at(node, i));
      long index = base + ((long) i << own);
      if (isPage(entry)) {
        int siblings = 0;
        while (i + 1 < slots.count()
            && isSiblingOf(kernel.pointer(slots.at(node, i + 1)), i - siblings)) {
          i++;
          siblings++;
        }
        long count = own < Long.SIZE / 2 ? (1L + siblings) << own : Long.MAX_VALUE;
        if (!pages(entry, index, count, visitor)) {
          return false;
        }
      } else if ((entry & 3) == NODE
          && Long.compareUnsigned(entry, 1 << 12) > 0
          && !node(entry - NODE, index, own, visitor)) {
        return false;
      }
    }
    return true;
  }

  /** xa_mk_sibling: the slot of the entry that this one belongs to. */
  private static boolean isSiblingOf(long entry, int slot) {
    return entry == ((long) slot << 2 | NODE);
  }

  private boolean pages(long page, long index, long count, Visitor visitor) {
    if (!kernel.isReadable(page)) {
      kernel.warnings().add("pages of a file: nothing at 0x%x".formatted(page));
      return true;
    }
    shown += count;
    if (count > MOST_OF_ENTRY || shown > MOST_OF_FILE) {
      kernel.warnings().add("pages of a file: too many at 0x%x".formatted(page));
      return count > MOST_OF_ENTRY;
    }
    long first = firstIndex.isPresent() && count > 1 ? kernel.value(firstIndex.get(), page) : index;
    for (long i = 0; i < count; i++) {
      long distance = index + i - first;
      if (distance >= 0 && !visitor.page(index + i, page + distance * pageSize)) {
        return false;
      }
    }
    return true;
  }
}
