package io.nestwalk.paging;

/**
 * When a permission is granted: by the leaf, and by each table entry on the way to it.
 *
 * @param leafMask bits of the leaf that matter
 * @param leafValue what these bits must be
 * @param tableMask bits of a table entry that matter, 0 where tables do not limit
 * @param tableValue what these bits must be
 */
public record Grant(long leafMask, long leafValue, long tableMask, long tableValue) {

  /** Granted by every present leaf. */
  public static final Grant ALWAYS = new Grant(0, 0, 0, 0);

  /** Granted where {@code bits} are set in the leaf and in every table entry. */
  public static Grant whenSet(long bits) {
    return new Grant(bits, bits, bits, bits);
  }

  /** Granted where {@code bits} are clear in the leaf and in every table entry. */
  public static Grant whenClear(long bits) {
    return new Grant(bits, 0, bits, 0);
  }

  /** Granted where {@code bits} are set in the leaf, whatever the tables say. */
  public static Grant whenLeafSet(long bits) {
    return new Grant(bits, bits, 0, 0);
  }

  boolean byLeaf(long entry) {
    return (entry & leafMask) == leafValue;
  }

  boolean byTable(long entry) {
    return (entry & tableMask) == tableValue;
  }
}
