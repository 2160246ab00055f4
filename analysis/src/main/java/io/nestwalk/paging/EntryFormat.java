package io.nestwalk.paging;

import java.util.List;

/**
 * What the bits of a table entry mean, on every level of a mode.
 *
 * @param bytes an entry's size: 4 or 8
 * @param presentMask an entry is present when any of these bits is set
 * @param leafMask tells a leaf from a table above the lowest level: see {@code leafWhenSet}
 * @param leafWhenSet whether a set bit of {@code leafMask} marks the leaf (x86, RISC-V) or the
 *     table (ARM)
 * @param bottomMask one of these bits must be set in an entry of the lowest level, 0 for no rule
 * @param tableAddress where a table entry keeps the next table's address
 * @param forbiddenPermissions permission bits that no entry may hold
 * @param forbiddenLeafType memory types that no leaf may hold
 * @param read when reads are allowed
 * @param write when writes are allowed
 * @param execute when the kernel may execute; the only execute rule where {@code userExecute} is
 *     the same
 * @param user when user mode may use the page
 * @param userExecute when user mode may execute a page that it may use
 * @param flags names of the bits that the told walk shows, lowest first
 * @param memoryType shift of a three-bit memory type in leaves (EPT), or -1
 */
public record EntryFormat(
    int bytes,
    long presentMask,
    long leafMask,
    boolean leafWhenSet,
    long bottomMask,
    AddressField tableAddress,
    ForbiddenValues forbiddenPermissions,
    ForbiddenValues forbiddenLeafType,
    Grant read,
    Grant write,
    Grant execute,
    Grant user,
    Grant userExecute,
    List<Flag> flags,
    int memoryType) {

  /**
   * A bit and the name that the manual gives it.
   *
   * @param mask the bit
   * @param name as in the manual, short
   * @param in where the bit has this meaning
   */
  public record Flag(long mask, String name, Scope in) {

    /** In which entries a flag has its meaning. */
    public enum Scope {
      /** In tables and leaves. */
      ANY,
      /** In leaves only. */
      LEAF,
      /** In table entries only. */
      TABLE
    }

    static Flag any(long mask, String name) {
      return new Flag(mask, name, Scope.ANY);
    }

    static Flag leaf(long mask, String name) {
      return new Flag(mask, name, Scope.LEAF);
    }

    static Flag table(long mask, String name) {
      return new Flag(mask, name, Scope.TABLE);
    }
  }

  /** Whether the entry is present at all. */
  public boolean isPresent(long entry) {
    return (entry & presentMask) != 0;
  }

  /** Whether a present entry above the lowest level maps a page instead of naming a table. */
  public boolean marksLeaf(long entry) {
    return ((entry & leafMask) != 0) == leafWhenSet;
  }
}
