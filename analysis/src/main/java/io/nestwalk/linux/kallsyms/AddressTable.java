package io.nestwalk.linux.kallsyms;

import io.nestwalk.image.Memory;
import java.util.Optional;

/**
 * The symbols' addresses, in the order of the names: {@code kallsyms_offsets} with {@code
 * kallsyms_relative_base} or, since Linux 7.2, without; or {@code kallsyms_addresses}. All that
 * differs between versions and configurations is here.
 */
final class AddressTable {

  /** How an entry becomes an address. */
  private enum Form {
    /** CONFIG_KALLSYMS_BASE_RELATIVE off: the address itself. */
    ABSOLUTE,
    /** An unsigned distance from the base. */
    RELATIVE,
    /** CONFIG_KALLSYMS_ABSOLUTE_PERCPU: not negative: the value itself; else base - 1 - entry. */
    RELATIVE_OR_ABSOLUTE,
    /** A signed distance from the entry itself: Linux 7.2. */
    SELF_RELATIVE
  }

  /** The share of symbols that may stand out of order: weak and absolute ones. */
  private static final int MIN_ORDERED_PERCENT = 95;

  /** No kernel's image is larger. */
  private static final long MAX_KERNEL = 1L << 30;

  private AddressTable() {}

  /**
   * The addresses that belong to {@code names}, or nothing when no layout gives plausible ones.
   *
   * @param pointerSize 4 or 8
   * @param alignment of the tables; where it is below the pointers' size, only the form that needs
   *     no pointer is possible
   */
  static Optional<long[]> of(
      Memory memory, NameTable names, TokenTable tokens, int pointerSize, int alignment) {
    if (alignment < pointerSize) {
      long after = align(tokens.end(), alignment);
      return plausible(memory, after, 0, names.count(), pointerSize, Form.SELF_RELATIVE);
    }
    return withPointers(memory, names, tokens, alignment);
  }

  private static Optional<long[]> withPointers(
      Memory memory, NameTable names, TokenTable tokens, int alignment) {
    int count = names.count();
    // Since 6.4: after the tokens' index the offsets, then the base.
    long offsets = align(tokens.end(), alignment);
    long base = align(offsets + 4L * count, alignment);
    Optional<long[]> found = relative(memory, offsets, base, count, alignment);
    if (found.isEmpty()) {
      // Before: offsets, base, number of symbols.
      base = names.countAddress() - alignment;
      offsets = base - align(4L * count, alignment);
      found = relative(memory, offsets, base, count, alignment);
    }
    long after = align(tokens.end(), alignment);
    if (found.isEmpty()) {
      found = plausible(memory, after, 0, count, alignment, Form.ABSOLUTE);
    }
    if (found.isEmpty()) {
      long before = names.countAddress() - align((long) alignment * count, alignment);
      found = plausible(memory, before, 0, count, alignment, Form.ABSOLUTE);
    }
    if (found.isEmpty()) {
      // Last, because anything gives plausible addresses when a place is its own base.
      found = plausible(memory, after, 0, count, alignment, Form.SELF_RELATIVE);
    }
    return found;
  }

  private static long align(long value, int alignment) {
    return (value + alignment - 1) & -alignment;
  }

  private static Optional<long[]> relative(
      Memory memory, long offsets, long baseAddress, int count, int alignment) {
    long base =
        alignment == Long.BYTES
            ? memory.getLong(baseAddress, 0)
            : memory.getInt(baseAddress, 0) & 0xffff_ffffL;
    if (!isKernelAddress(base, alignment)) {
      return Optional.empty();
    }
    Optional<long[]> mixed =
        plausible(memory, offsets, base, count, alignment, Form.RELATIVE_OR_ABSOLUTE);
    return mixed.isPresent()
        ? mixed
        : plausible(memory, offsets, base, count, alignment, Form.RELATIVE);
  }

  private static Optional<long[]> plausible(
      Memory memory, long table, long base, int count, int alignment, Form form) {
    int width = form == Form.ABSOLUTE ? alignment : Integer.BYTES;
    byte[] bytes = memory.readBytes(table, count * width);
    if (bytes.length < count * width) {
      return Optional.empty();
    }
    long mask = alignment == Long.BYTES ? -1 : 0xffff_ffffL;
    long[] addresses = new long[count];
    int ordered = 0;
    int inKernel = 0;
    for (int i = 0; i < count; i++) {
      int entry = word(bytes, i * width);
      long address =
          switch (form) {
            case ABSOLUTE ->
                width == Integer.BYTES
                    ? entry
                    : (entry & 0xffff_ffffL) | (long) word(bytes, i * width + 4) << Integer.SIZE;
            case RELATIVE -> base + (entry & 0xffff_ffffL);
            case RELATIVE_OR_ABSOLUTE -> entry >= 0 ? entry : base - 1 - entry;
            case SELF_RELATIVE -> table + 4L * i + entry;
          };
      addresses[i] = address & mask;
      if (isKernelAddress(addresses[i], alignment)) {
        inKernel++;
      }
      if (i > 0 && Long.compareUnsigned(addresses[i], addresses[i - 1]) >= 0) {
        ordered++;
      }
    }
    // Per-CPU symbols are small numbers: they may be many, but not the most.
    boolean credible =
        100L * ordered >= (long) MIN_ORDERED_PERCENT * (count - 1)
            && inKernel > count / 2
            && addresses[count - 1] - addresses[0] != 0
            && (form != Form.ABSOLUTE || isNear(addresses[count / 2], table));
    return credible ? Optional.of(addresses) : Optional.empty();
  }

  /**
   * Whether a symbol is of the kernel that holds the table. Distances of 32 bits, taken for
   * addresses, are in order and in the kernel's half as well, but lead elsewhere.
   */
  private static boolean isNear(long symbol, long table) {
    return Math.abs(symbol - table) < MAX_KERNEL;
  }

  private static boolean isKernelAddress(long address, int alignment) {
    return alignment == Long.BYTES ? address < 0 : address >= 1L << 30;
  }

  private static int word(byte[] bytes, int at) {
    return (bytes[at] & 0xff)
        | (bytes[at + 1] & 0xff) << 8
        | (bytes[at + 2] & 0xff) << 16
        | bytes[at + 3] << 24;
  }
}
