package io.nestwalk.bench.grow;

/** Writes page tables of x86-64's long mode. */
final class X86Tables {

  private static final int ENTRIES = 512;
  private static final int INDEX_BITS = 9;
  private static final int PAGE_SHIFT = 12;
  private static final int GIB_SHIFT = 30;
  private static final long PRESENT = 1;
  private static final long WRITE = 1L << 1;
  private static final long USER = 1L << 2;
  private static final long ACCESSED = 1L << 5;
  private static final long DIRTY = 1L << 6;
  private static final long LARGE = 1L << 7;
  private static final long GLOBAL = 1L << 8;
  private static final long NO_EXECUTE = 1L << 63;
  private static final long ADDRESS = 0x000f_ffff_ffff_f000L;

  private final Room room;
  private final int levels;

  /**
   * @param levels 4 or 5
   */
  X86Tables(Room room, int levels) {
    this.room = room;
    this.levels = levels;
  }

  /**
   * Maps the added memory in the kernel's direct mapping, in pages of a gigabyte; all processes
   * share the table.
   *
   * @param direct what the kernel adds to physical addresses
   */
  void mapDirect(long root, long direct) {
    for (long at = room.start() & -(1L << GIB_SHIFT); at < room.end(); at += 1L << GIB_SHIFT) {
      long table = root;
      for (int shift = PAGE_SHIFT + (levels - 1) * INDEX_BITS; shift > GIB_SHIFT; ) {
        long entry = room.getLong(slot(table, direct + at, shift));
        if ((entry & PRESENT) == 0) {
          throw new IllegalArgumentException("the direct mapping has no room for so much memory");
        }
        table = entry & ADDRESS;
        shift -= INDEX_BITS;
      }
      long entry = at | PRESENT | WRITE | ACCESSED | DIRTY | LARGE | GLOBAL | NO_EXECUTE;
      room.putLong(slot(table, direct + at, GIB_SHIFT), entry);
    }
  }

  /**
   * A process's tables with own ones of the user half, which lead to the same pages.
   *
   * @param isolated whether the root needs a second one behind it
   */
  long copy(long root, boolean isolated) {
    long bytes = isolated ? 2L * Room.PAGE : Room.PAGE;
    long made = room.take(bytes, bytes);
    copy(root, made, levels - 1, ENTRIES / 2);
    return made;
  }

  /** Copies a table; of the entries behind the first {@code own} nothing below them. */
  private void copy(long table, long made, int level, int own) {
    room.copy(table, made, Room.PAGE);
    for (int i = 0; i < own && level > 0; i++) {
      long entry = room.getLong(made + (long) i * Long.BYTES);
      if ((entry & PRESENT) != 0 && (entry & LARGE) == 0) {
        long lower = room.take(Room.PAGE, Room.PAGE);
        copy(entry & ADDRESS, lower, level - 1, ENTRIES);
        room.putLong(made + (long) i * Long.BYTES, (entry & ~ADDRESS) | lower);
      }
    }
  }

  /** Makes the user's root behind {@code root}: {@code old}'s kernel half, the process's half. */
  void copyUserHalf(long old, long root) {
    long user = root + Room.PAGE;
    room.copy(old, user, Room.PAGE);
    for (int i = 0; i < ENTRIES / 2; i++) {
      long entry = room.getLong(root + (long) i * Long.BYTES);
      room.putLong(user + (long) i * Long.BYTES, entry & ~NO_EXECUTE);
    }
  }

  /** Maps a page for the process alone, not to be executed. */
  void map(long root, long address, long page, boolean writable) {
    long table = root;
    for (int shift = PAGE_SHIFT + (levels - 1) * INDEX_BITS; shift > PAGE_SHIFT; ) {
      long slot = slot(table, address, shift);
      long entry = room.getLong(slot);
      if ((entry & PRESENT) == 0) {
        entry = room.take(Room.PAGE, Room.PAGE) | PRESENT | WRITE | USER | ACCESSED | DIRTY;
        room.putLong(slot, entry);
      }
      table = entry & ADDRESS;
      shift -= INDEX_BITS;
    }
    long rights = PRESENT | USER | ACCESSED | NO_EXECUTE | (writable ? WRITE | DIRTY : 0);
    room.putLong(slot(table, address, PAGE_SHIFT), page | rights);
  }

  private static long slot(long table, long address, int shift) {
    return table + ((address >>> shift) & (ENTRIES - 1)) * Long.BYTES;
  }
}
