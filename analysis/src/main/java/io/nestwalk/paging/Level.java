package io.nestwalk.paging;

/**
 * One level of a mode's tables.
 *
 * @param name as the manual calls its entries: "PML4", "PD", "L2"
 * @param shift the lowest input-address bit that indexes the level; a leaf here maps 2^shift bytes
 * @param indexBits how many bits index it: a table has 2^indexBits entries
 * @param leafAllowed whether an entry may map a page
 * @param leafAddress where a leaf keeps the page's address
 * @param tableReserved bits that must be 0 in a table entry
 * @param leafReserved bits that must be 0 in a leaf
 * @param limitsPermissions whether table entries here restrict what leaves below grant
 */
public record Level(
    String name,
    int shift,
    int indexBits,
    boolean leafAllowed,
    AddressField leafAddress,
    long tableReserved,
    long leafReserved,
    boolean limitsPermissions) {

  /** How many entries a table has. */
  public int entries() {
    return 1 << indexBits;
  }

  /** The bytes that a leaf maps. */
  public long pageSize() {
    return 1L << shift;
  }

  /** The index of {@code address} in a table of this level. */
  public int index(long address) {
    return (int) (address >>> shift) & entries() - 1;
  }
}
