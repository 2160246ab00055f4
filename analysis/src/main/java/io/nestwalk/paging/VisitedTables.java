package io.nestwalk.paging;

/**
 * Which tables an enumeration has been below, on which level and with which rights, and at which
 * input address it was there first. Takes no room for less than two tables, since most enumerations
 * are of a few pages.
 */
final class VisitedTables {

  /** Tables of four terabytes in small pages; what comes after them is not remembered. */
  private static final int MOST = 1 << 21;

  private static final long NONE = -1;
  private static final int ALIGNMENT = 6;
  private static final int LEVEL_BITS = 3;
  private static final int RIGHTS_BITS = 5;

  private long firstKey = NONE;
  private long firstAddress;

  /** The others, with their addresses; null before there is one. */
  private LongTable others;

  /**
   * Notes a visit.
   *
   * @param table the table's address, aligned to 64 bytes
   * @return where the same table was visited first; {@code address} itself if that is now
   */
  long visit(long table, int level, int granted, boolean userExecute, long address) {
    long key =
        (table >>> ALIGNMENT << LEVEL_BITS | level) << RIGHTS_BITS
            | granted << 1
            | (userExecute ? 1 : 0);
    if (firstKey == NONE) {
      firstKey = key;
      firstAddress = address;
      return address;
    }
    if (key == firstKey) {
      return firstAddress;
    }
    if (others == null) {
      others = LongTable.ofValues();
    }
    int place = others.find(key);
    if (place != LongTable.ABSENT) {
      return others.value(place);
    }
    if (others.size() < MOST) {
      others.put(key, address);
    }
    return address;
  }
}
