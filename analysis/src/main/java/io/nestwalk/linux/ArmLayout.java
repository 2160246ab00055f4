package io.nestwalk.linux;

import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What an ARM64 kernel was configured for, which its tables alone do not tell: one for addresses of
 * 52 bits uses 48 or 47 where the CPU has no more (arch/arm64/include/asm/memory.h).
 *
 * @param configuredBits VA_BITS, where it is certain
 * @param physicalOffset PHYS_OFFSET, the physical address of the first address of the linear map,
 *     where it is certain
 */
record ArmLayout(OptionalInt configuredBits, OptionalLong physicalOffset) {

  private static final Pattern VERSION = Pattern.compile("(\\d{1,3})\\.(\\d{1,3}).*");
  private static final int WIDEST = 52;

  /** Where a kernel for 52 bits falls back to this, or with pages of 16 KiB to one less. */
  private static final int FALLBACK = 48;

  /** log2 of 64 KiB, the pages that had addresses of 52 bits first. */
  private static final int LARGE_PAGE = 16;

  /** Since 5.4 the linear map is the lower half of the kernel's part and no longer the upper. */
  private static final int LOWER_HALF = 5_004;

  /** Since 6.9 kernels with pages of any size may be for 52 bits. */
  private static final int ANY_PAGE = 6_009;

  /**
   * The layout.
   *
   * @param version as in 6.12.48-arm64
   * @param bits of the addresses that the kernel's tables translate
   * @param pageShift log2 of the page
   * @param linear virtual address at which the kernel maps physical address 0
   * @param start memstart_addr, which is PHYS_OFFSET
   */
  static ArmLayout of(
      String version, int bits, int pageShift, OptionalLong linear, OptionalLong start) {
    if (linear.isPresent() && start.isPresent()) {
      long first = linear.getAsLong() + start.getAsLong();
      int zeros = Long.numberOfTrailingZeros(first);
      boolean upper = zeros == bits - 1;
      if (zeros < Long.SIZE
          && first == -1L << zeros
          && (upper || zeros == bits || zeros == WIDEST)) {
        return new ArmLayout(OptionalInt.of(upper ? bits : zeros), start);
      }
    }
    Matcher numbers = VERSION.matcher(version);
    if (!numbers.matches()) {
      return new ArmLayout(OptionalInt.empty(), OptionalLong.empty());
    }
    int release = Integer.parseInt(numbers.group(1)) * 1000 + Integer.parseInt(numbers.group(2));
    boolean lower = release >= LOWER_HALF;
    boolean mayBeWider =
        (bits == FALLBACK || bits == FALLBACK - 1)
            && (release >= ANY_PAGE || (lower && pageShift == LARGE_PAGE));
    if (mayBeWider) {
      return new ArmLayout(OptionalInt.empty(), OptionalLong.empty());
    }
    return new ArmLayout(
        OptionalInt.of(bits),
        lower && linear.isPresent()
            ? OptionalLong.of((-1L << bits) - linear.getAsLong())
            : OptionalLong.empty());
  }
}
