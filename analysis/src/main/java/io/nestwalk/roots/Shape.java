package io.nestwalk.roots;

import io.nestwalk.wording.Count;

/**
 * What hangs below a table, counted. Tables that are reached twice count twice.
 *
 * @param tables well-formed tables, the examined one included
 * @param leaves pages mapped inside the image
 * @param bytes how many bytes these pages have
 * @param outside well-formed leaves that map what the image does not hold: devices, or no page at
 *     all
 * @param absent entries of lowest-level tables that are not present but not empty either: swapped
 *     out, or data that is no table
 * @param junk entries that no table in use holds: malformed ones, not-present ones with content on
 *     upper levels, tables outside the image or in a cycle
 */
public record Shape(long tables, long leaves, long bytes, long outside, long absent, long junk) {

  static final Shape JUNK = new Shape(0, 0, 0, 0, 0, 1);

  /** One odd entry among so many good ones is no sign against a hierarchy. */
  private static final int JUNK_TOLERANCE = 8;

  private static final int PAGE_SHIFT = 12;

  /** Enough for the markers of four devices. */
  private static final long MAX_BONUS = 4L * JUNK_TOLERANCE;

  /**
   * Whether these are page tables. Real ones hold a few odd entries (markers of devices with
   * reserved bits set), data read as tables mostly odd ones. Where not a single entry is odd, most
   * pages may lie outside: a small part of a machine's memory was dumped.
   */
  public boolean isPlausible() {
    if (leaves == 0) {
      return false;
    }
    if (junk == 0 && absent == 0) {
      return true;
    }
    long weight = weight();
    return junk * JUNK_TOLERANCE <= weight + tables && outside <= weight * 2 && absent <= leaves;
  }

  /**
   * Whether these are page tables of a root that bears a mark of its own, as Windows' do: pages
   * that are paged out, however many, are then no sign against it.
   */
  boolean isPlausibleWithMark() {
    return leaves > 0 && junk * JUNK_TOLERANCE <= weight() + tables;
  }

  /**
   * How much the leaves prove. One of a large page must leave the address bits within the page 0:
   * each doubling of the size is one bit more. So a guest on one page of 1 GiB is not outweighed by
   * the marker of one device. Small numbers in data leave these bits 0 as well, so there is an end
   * to it.
   */
  private long weight() {
    long size = bytes / leaves;
    int doublings = Math.max(0, Long.SIZE - 1 - Long.numberOfLeadingZeros(size) - PAGE_SHIFT);
    return leaves + Math.min(leaves * doublings, MAX_BONUS);
  }

  /** How many entries are odd or lead nowhere, for each page that is there. */
  double oddShare() {
    return (double) (junk + absent + outside) / leaves;
  }

  @Override
  public String toString() {
    // Put together, not formatted: there is one for each of thousands of roots.
    return Count.of(tables, "table")
        + ", "
        + Count.of(leaves, "page")
        + " ("
        + (bytes >> 10)
        + " KiB) in the image, "
        + outside
        + " outside, "
        + absent
        + " absent, "
        + Count.of(junk, "odd entry");
  }
}
