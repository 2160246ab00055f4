package io.nestwalk.image;

/**
 * A half-open range of addresses, {@code [start, start + length)}.
 *
 * @param start the first address; unsigned
 * @param length how many bytes; not negative
 */
public record AddressRange(long start, long length) {

  /** Refuses a negative length. */
  public AddressRange {
    if (length < 0) {
      throw new IllegalArgumentException("length " + length);
    }
  }

  /** One past the last address; 0 for a range that reaches the very top of the address space. */
  public long end() {
    return start + length;
  }

  /** Whether {@code address} lies in the range. */
  public boolean contains(long address) {
    return Long.compareUnsigned(address - start, length) < 0;
  }

  @Override
  public String toString() {
    return "0x%x..0x%x".formatted(start, end());
  }
}
