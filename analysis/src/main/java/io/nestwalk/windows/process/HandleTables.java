package io.nestwalk.windows.process;

import io.nestwalk.types.Field;
import io.nestwalk.windows.kernel.Kernel;
import java.util.Optional;

/**
 * Handle tables: pages of entries, below one or two levels of pages of pointers ({@code
 * _HANDLE_TABLE.TableCode}, whose two lowest bits tell how many).
 */
public final class HandleTables {

  private static final int PAGE = 4096;
  private static final int LEVEL_MASK = 3;
  private static final int MAX_LEVEL = 2;

  /** The system's own limit: 2^24 handles. */
  private static final int MAX_HANDLES = 1 << 24;

  private static final int HANDLE_STEP = 4;

  /** Low bits of Windows 7's pointer to the object: lock and attributes. */
  private static final long ATTRIBUTES = 7;

  /** Objects stand at multiples of 16; in the 44 bits of Windows 8.0's pointers of 8. */
  private static final int NARROW_POINTER_BITS = 41;

  /**
   * Kernels for five levels of tables (ntkrla57.exe) keep 53 bits of an object's address above 11
   * others ({@code ObDecodeShift} is 11; others' is 20).
   */
  private static final int FIVE_LEVELS = 5;

  private static final int SHIFT_OF_FIVE_LEVELS = 11;
  private static final int ALIGNMENT_BITS = 4;

  private final Kernel kernel;
  private final Optional<Field> code;
  private final Optional<Field> packed;
  private final Optional<Field> plain;
  private final int entrySize;
  private final boolean fiveLevels;

  /** Reads that kernel's tables. */
  public HandleTables(Kernel kernel) {
    this.kernel = kernel;
    code = kernel.layout().findField("_HANDLE_TABLE", "TableCode");
    packed = kernel.layout().findField("_HANDLE_TABLE_ENTRY", "ObjectPointerBits");
    plain = kernel.layout().findField("_HANDLE_TABLE_ENTRY", "Object");
    entrySize = kernel.isWide() ? 16 : 8;
    fiveLevels = kernel.tables().mode().levels().size() == FIVE_LEVELS;
  }

  /** Is shown the used entries of a table. */
  @FunctionalInterface
  public interface Visitor {
    /**
     * A used entry.
     *
     * @param handle its number
     * @param object what it points to: the object's header; in the table of processes and threads
     *     the object itself
     * @param entry its address
     * @return false to stop
     */
    boolean handle(int handle, long object, long entry);
  }

  /**
   * Shows the used entries of a table in ascending order.
   *
   * @param what the table's name, for warnings
   * @param table address of the {@code _HANDLE_TABLE}
   * @return false when the table can't be read
   */
  public boolean forEach(String what, long table, Visitor visitor) {
    long value = kernel.value(code, table);
    int level = (int) value & LEVEL_MASK;
    long pages = value & ~7L;
    if (level > MAX_LEVEL || !kernel.isObject(pages)) {
      kernel
          .warnings()
          .add("%s: its table code at 0x%x leads to 0x%x, no table".formatted(what, table, value));
      return false;
    }
    descend(pages, level, 0, visitor);
    return true;
  }

  /** The entry of one handle; 0 when the table has none. */
  long objectOf(long table, int handle) {
    long value = kernel.value(code, table);
    int level = (int) value & LEVEL_MASK;
    long page = value & ~7L;
    long index = handle / HANDLE_STEP;
    for (; level > 0 && level <= MAX_LEVEL && kernel.isObject(page); level--) {
      long below = 1;
      for (int i = 1; i < level; i++) {
        below *= pointersPerPage();
      }
      below *= entriesPerPage();
      page = kernel.pointer(page + index / below * kernel.layout().pointerSize());
      index %= below;
    }
    if (level == 0 && index < entriesPerPage() && kernel.isObject(page)) {
      return object(page + index * entrySize);
    }
    return 0;
  }

  private int entriesPerPage() {
    return PAGE / entrySize;
  }

  private int pointersPerPage() {
    return PAGE / kernel.layout().pointerSize();
  }

  /** One page of the table; answers false when the visitor stopped. */
  private boolean descend(long page, int level, long firstIndex, Visitor visitor) {
    if (level == 0) {
      for (int i = 0; i < entriesPerPage(); i++) {
        long entry = page + (long) i * entrySize;
        long object = object(entry);
        long handle = (firstIndex + i) * HANDLE_STEP;
        if (object != 0 && handle != 0 && !visitor.handle((int) handle, object, entry)) {
          return false;
        }
      }
      return true;
    }
    long below = level == 1 ? entriesPerPage() : (long) entriesPerPage() * pointersPerPage();
    for (int i = 0; i < pointersPerPage(); i++) {
      long first = firstIndex + i * below;
      long next = kernel.pointer(page + (long) i * kernel.layout().pointerSize());
      if (next == 0 || first >= MAX_HANDLES) {
        return true;
      }
      if (kernel.isObject(next) && !descend(next, level - 1, first, visitor)) {
        return false;
      }
    }
    return true;
  }

  /** What an entry points to; 0 for a free one. */
  private long object(long entry) {
    if (packed.isPresent() && fiveLevels) {
      return kernel.memory().getLong(entry, 0) >> SHIFT_OF_FIVE_LEVELS << ALIGNMENT_BITS;
    }
    if (packed.isPresent()) {
      int bits = packed.get().bits();
      long value = kernel.value(packed.get(), entry);
      int unused = Long.SIZE - bits;
      int aligned = bits == NARROW_POINTER_BITS ? 3 : 4;
      return value == 0 ? 0 : value << unused >> (unused - aligned);
    }
    long value = kernel.value(plain, entry) & ~ATTRIBUTES;
    return kernel.isKernelAddress(value) ? value : 0;
  }
}
