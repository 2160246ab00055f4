package io.nestwalk.paging;

/** What the bits of an input address above those that the tables translate must be. */
public enum InputRule {
  /** Copies of the highest translated bit: canonical addresses (x86-64, RISC-V). */
  SIGN_EXTENDED,
  /** Zeros: physical addresses and ARM's TTBR0 half. */
  ZERO_EXTENDED,
  /** Ones: ARM's TTBR1 half. */
  ONES_EXTENDED;

  boolean accepts(long address, int bits) {
    if (bits >= Long.SIZE) {
      return true;
    }
    return switch (this) {
      case SIGN_EXTENDED -> {
        int unused = Long.SIZE - bits;
        yield address << unused >> unused == address;
      }
      case ZERO_EXTENDED -> address >>> bits == 0;
      case ONES_EXTENDED -> address >> bits == -1;
    };
  }

  /** The address whose translated bits are {@code low} and whose other bits follow the rule. */
  public long extend(long low, int bits) {
    if (bits >= Long.SIZE) {
      return low;
    }
    int unused = Long.SIZE - bits;
    return switch (this) {
      case SIGN_EXTENDED -> low << unused >> unused;
      case ZERO_EXTENDED -> low << unused >>> unused;
      case ONES_EXTENDED -> low | -1L << bits;
    };
  }
}
