package io.nestwalk.paging;

/**
 * One entry that a told walk read.
 *
 * @param level the level it stands on
 * @param table the address of its table, in the memory that holds the tables
 * @param entryAddress its own address there
 * @param entry its value, 0 when it can't be read
 * @param readable whether the image holds it
 * @param outcome what it turned out to be
 * @param target the next table or the page, 0 for a fault
 * @param fault why the walk ended here, null when it did not
 */
public record Step(
    Level level,
    long table,
    long entryAddress,
    long entry,
    boolean readable,
    Outcome outcome,
    long target,
    Fault fault) {

  /** What an entry is. */
  public enum Outcome {
    /** It names the next table. */
    TABLE,
    /** It maps a page. */
    LEAF,
    /** The walk ends here without a page. */
    FAULT
  }
}
