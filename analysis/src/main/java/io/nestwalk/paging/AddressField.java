package io.nestwalk.paging;

/**
 * Where an entry keeps an address: two groups of bits, each masked out and shifted left into place.
 * Most modes need one group; PSE-36, LPA and LPA2 keep the high bits elsewhere.
 *
 * @param mask the bits that hold the address (its low part where there are two)
 * @param shift how far these are shifted left
 * @param highMask the bits that hold the high part, 0 for none
 * @param highShift how far these are shifted left
 */
public record AddressField(long mask, int shift, long highMask, int highShift) {

  /** An address that stands in the entry as it is. */
  public static AddressField of(long mask) {
    return new AddressField(mask, 0, 0, 0);
  }

  /** The address that {@code entry} holds. */
  public long in(long entry) {
    return ((entry & mask) << shift) | ((entry & highMask) << highShift);
  }

  /** The bits that make {@link #in} answer with {@code address}: what a table's writer stores. */
  public long encode(long address) {
    return ((address >>> shift) & mask) | ((address >>> highShift) & highMask);
  }

  /** All entry bits that belong to the address. */
  public long bits() {
    return mask | highMask;
  }
}
