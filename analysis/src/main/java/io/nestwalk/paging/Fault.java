package io.nestwalk.paging;

/** Why a walk ended without a page. */
public enum Fault {
  /** The input address is not canonical, or wider than the tables translate. */
  NOT_CANONICAL("the address is not canonical here"),
  /** An entry's present bits are clear. */
  NOT_PRESENT("entry not present"),
  /** An entry has bits set that the mode reserves. */
  RESERVED_BITS("reserved bits are set"),
  /** An entry holds a combination that the manual forbids. */
  MISCONFIGURED("entry is misconfigured"),
  /** A table lies at an address that the image does not hold. */
  TABLE_MISSING("the table is not in the image"),
  /** The page that the leaf maps is not mapped by the layer below. */
  NOT_MAPPED_BELOW("the page is not mapped by the layer below");

  private static final Fault[] VALUES = values();
  private final String label;

  Fault(String label) {
    this.label = label;
  }

  /** This fault as the (negative) result of a fast walk. */
  long code() {
    return -1L - ordinal();
  }

  /** This fault as a {@link Translation}. */
  public long translation() {
    return code();
  }

  static Fault ofCode(long code) {
    return VALUES[(int) (-1L - code)];
  }

  /** What users read. */
  @Override
  public String toString() {
    return label;
  }
}
