package io.nestwalk.paging;

/** Why a walk ended without a page. */
public enum Fault {
  /** The input address is not canonical, or wider than the tables translate. */
  NOT_CANONICAL(-1, "the address is not canonical here"),
  /** An entry's present bits are clear. */
  NOT_PRESENT(-2, "entry not present"),
  /** An entry has bits set that the mode reserves. */
  RESERVED_BITS(-3, "reserved bits are set"),
  /** An entry holds a combination that the manual forbids. */
  MISCONFIGURED(-4, "entry is misconfigured"),
  /** A table lies at an address that the image does not hold. */
  TABLE_MISSING(-5, "the table is not in the image"),
  /** The page that the leaf maps is not mapped by the layer below. */
  NOT_MAPPED_BELOW(-6, "the page is not mapped by the layer below");

  private static final Fault[] VALUES = values();
  private final int code;
  private final String label;

  Fault(int code, String label) {
    this.code = code;
    this.label = label;
  }

  /** This fault as the (negative) result of a fast walk. */
  long code() {
    return code;
  }

  static Fault ofCode(long code) {
    for (Fault fault : VALUES) {
      if (fault.code == code) {
        return fault;
      }
    }
    throw new IllegalArgumentException("no fault has the code " + code);
  }

  /** What users read. */
  @Override
  public String toString() {
    return label;
  }
}
