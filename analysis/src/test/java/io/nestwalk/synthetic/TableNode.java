package io.nestwalk.synthetic;

import io.nestwalk.paging.Fault;
import java.util.SortedMap;
import java.util.TreeMap;

/** What a {@link TableBuilder} remembers of a table that it wrote. */
public final class TableNode {

  /** What an entry was written for. */
  enum Kind {
    TABLE,
    PAGE,
    FAULT,
    /** It leads back to a table above: what lies below is not foretold. */
    BACK
  }

  /**
   * An entry.
   *
   * @param kind what it was written for
   * @param value its bits
   * @param target the page or table that it names
   * @param rights what it allows
   * @param child the table below, null where there is none or where it lies in no memory
   * @param fault why a walk ends here
   */
  record Slot(Kind kind, long value, long target, int rights, TableNode child, Fault fault) {}

  private final long address;
  private final int depth;
  private final SortedMap<Integer, Slot> slots = new TreeMap<>();

  TableNode(long address, int depth) {
    this.address = address;
    this.depth = depth;
  }

  /** Where the table lies. */
  public long address() {
    return address;
  }

  /** Its level, 0 for the root. */
  public int depth() {
    return depth;
  }

  SortedMap<Integer, Slot> slots() {
    return slots;
  }
}
