package io.nestwalk.windows.memory;

import io.nestwalk.image.Memory;
import io.nestwalk.paging.EntryFormat;
import io.nestwalk.paging.Level;
import io.nestwalk.paging.Walker;
import java.util.List;
import java.util.Optional;

/**
 * Finds the entries of page tables that a processor takes for not present, through tables that are
 * themselves in transition. A cursor: {@link #find} puts it on an entry. Keeps the lowest table
 * that it met last; for one thread.
 */
final class TableEntries {

  private static final long NONE = -1;

  private final Memory tables;
  private final EntryFormat format;
  private final Optional<SoftwareForm> form;
  private final long root;
  private final int last;
  private final int[] shifts;
  private final long[] masks;
  private final boolean[] leaves;

  private long keptFor = NONE;
  private long keptTable;

  private int level;
  private long entryAddress;
  private long entry;
  private boolean readable;

  /**
   * Entries under one root.
   *
   * @param form says which tables are in transition; without it those are not followed
   */
  TableEntries(Walker walker, Optional<SoftwareForm> form) {
    this.form = form;
    tables = walker.tables();
    root = walker.root();
    format = walker.mode().entry();
    List<Level> levels = walker.mode().levels();
    last = levels.size() - 1;
    shifts = levels.stream().mapToInt(Level::shift).toArray();
    masks = levels.stream().mapToLong(each -> each.entries() - 1L).toArray();
    leaves = new boolean[levels.size()];
    for (int i = 0; i <= last; i++) {
      leaves[i] = levels.get(i).leafAllowed();
    }
  }

  /** Goes to the entry that an address's walk ends at. */
  void find(long address) {
    long key = address >>> shifts[last - 1];
    boolean kept = key == keptFor;
    level = kept ? last : 0;
    long table = kept ? keptTable : root;
    while (true) {
      read(table, address);
      if (level == last || !readable) {
        return;
      }
      boolean present = format.isPresent(entry);
      if (present && leaves[level] && format.marksLeaf(entry)) {
        return;
      }
      if (present) {
        table = format.tableAddress().in(entry);
      } else if (form.isPresent() && level > 0 && SoftwareForm.isTransition(entry)) {
        table = form.get().frameOf(entry);
      } else {
        return;
      }
      level++;
      if (level == last) {
        keptFor = key;
        keptTable = table;
      }
    }
  }

  private void read(long table, long address) {
    long index = address >>> shifts[level] & masks[level];
    entryAddress = table + index * format.bytes();
    entry =
        format.bytes() == Long.BYTES
            ? tables.getLong(entryAddress, 0)
            : tables.getInt(entryAddress, 0) & 0xffff_ffffL;
    readable = entry != 0 || tables.isPresent(entryAddress);
  }

  /** Whether the entry is one of the lowest level, and there. */
  boolean isPage() {
    return level == last && readable;
  }

  /** Whether the entry's bytes are in the image. */
  boolean isReadable() {
    return readable;
  }

  /** Whether the processor takes the entry for present. */
  boolean isPresent() {
    return format.isPresent(entry);
  }

  long entry() {
    return entry;
  }

  long entryAddress() {
    return entryAddress;
  }

  int level() {
    return level;
  }

  /** The first address that is not behind this entry any more, at most {@code end}. */
  long next(long address, long end) {
    long following = (address | (1L << shifts[level]) - 1) + 1;
    return following == 0 || Long.compareUnsigned(following, end) > 0 ? end : following;
  }
}
