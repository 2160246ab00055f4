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
    SELF_RELATIVE;

    boolean hasBase() {
      return this == RELATIVE || this == RELATIVE_OR_ABSOLUTE;
    }
  }

  /**
   * What the table is and where it stands: since 6.4 after the tokens' index, with the base behind
   * it; before that ahead of the number of symbols, with the base between. In the order in which
   * they are tried.
   */
  enum Layout {
    AFTER_PER_CPU(1, Form.RELATIVE_OR_ABSOLUTE, true),
    AFTER_RELATIVE(2, Form.RELATIVE, true),
    BEFORE_PER_CPU(3, Form.RELATIVE_OR_ABSOLUTE, false),
    BEFORE_RELATIVE(4, Form.RELATIVE, false),
    AFTER_ABSOLUTE(5, Form.ABSOLUTE, true),
    BEFORE_ABSOLUTE(6, Form.ABSOLUTE, false),
    /** Last, because anything gives plausible addresses when a place is its own base. */
    AFTER_SELF_RELATIVE(7, Form.SELF_RELATIVE, true);

    private final int number;
    private final Form form;
    private final boolean isAfterTokens;

    Layout(int number, Form form, boolean isAfterTokens) {
      this.number = number;
      this.form = form;
      this.isAfterTokens = isAfterTokens;
    }

    /** What stands for it where it is remembered. */
    int number() {
      return number;
    }

    /** Whether the table, and what follows it, stand after the tokens. */
    boolean isAfterTokens() {
      return isAfterTokens;
    }

    private int width(int pointerSize) {
      return form == Form.ABSOLUTE ? pointerSize : Integer.BYTES;
    }
  }

  /** The share of symbols that may stand out of order: weak and absolute ones. */
  private static final int MIN_ORDERED_PERCENT = 95;

  /** No kernel's image is larger. */
  private static final long MAX_KERNEL = 1L << 30;

  /** So many addresses are weighed of a table that was weighed as a whole before. */
  private static final int SAMPLES = 1 << 10;

  private final Layout layout;
  private final long table;
  private final long end;
  private final long base;
  private final int pointerSize;
  private final int width;
  private final byte[] bytes;

  private AddressTable(
      Layout layout, long table, long end, long base, int pointerSize, byte[] bytes) {
    this.layout = layout;
    this.table = table;
    this.end = end;
    this.base = base;
    this.pointerSize = pointerSize;
    this.bytes = bytes;
    width = layout.width(pointerSize);
  }

  /**
   * The addresses that belong to {@code names}, or nothing when no layout gives plausible ones.
   *
   * @param pointerSize 4 or 8
   * @param alignment of the tables; where it is below the pointers' size, only the form that needs
   *     no pointer is possible
   */
  static Optional<AddressTable> of(
      Memory memory, NameTable names, TokenTable tokens, int pointerSize, int alignment) {
    return first(memory, names, tokens, pointerSize, alignment, 1);
  }

  /**
   * The same where the layout is remembered: a look at some addresses is enough then, if it is
   * still the first that gives plausible ones.
   *
   * @param layout the layout's number
   */
  static Optional<AddressTable> again(
      Memory memory,
      NameTable names,
      TokenTable tokens,
      int pointerSize,
      int alignment,
      long layout) {
    int step = Math.max(1, names.count() / SAMPLES);
    return first(memory, names, tokens, pointerSize, alignment, step)
        .filter(found -> found.layout.number == layout);
  }

  /** The first layout of which each {@code step}-th address is plausible. */
  private static Optional<AddressTable> first(
      Memory memory, NameTable names, TokenTable tokens, int pointerSize, int alignment, int step) {
    for (Layout layout : Layout.values()) {
      if (alignment == pointerSize || layout == Layout.AFTER_SELF_RELATIVE) {
        Optional<AddressTable> found =
            at(memory, names, tokens, pointerSize, alignment, layout)
                .filter(each -> each.isCredible(step));
        if (found.isPresent()) {
          return found;
        }
      }
    }
    return Optional.empty();
  }

  private static Optional<AddressTable> at(
      Memory memory,
      NameTable names,
      TokenTable tokens,
      int pointerSize,
      int alignment,
      Layout layout) {
    int size = names.count() * layout.width(pointerSize);
    long length = align(size, alignment);
    int behind = layout.form.hasBase() ? pointerSize : 0;
    long table =
        layout.isAfterTokens
            ? align(tokens.end(), alignment)
            : names.countAddress() - behind - length;
    long base = behind > 0 ? base(memory, table + length, pointerSize) : 0;
    if (behind > 0 && !isKernelAddress(base, pointerSize)) {
      return Optional.empty();
    }
    byte[] bytes = memory.readBytes(table, size);
    return bytes.length < size
        ? Optional.empty()
        : Optional.of(
            new AddressTable(layout, table, table + length + behind, base, pointerSize, bytes));
  }

  private static long align(long value, int alignment) {
    return (value + alignment - 1) & -alignment;
  }

  private static long base(Memory memory, long address, int pointerSize) {
    return pointerSize == Long.BYTES
        ? memory.getLong(address, 0)
        : memory.getInt(address, 0) & 0xffff_ffffL;
  }

  Layout layout() {
    return layout;
  }

  /** One past the table and, where it has one, the base behind it. */
  long end() {
    return end;
  }

  /** The address of a symbol. */
  long address(int symbol) {
    int entry = word(symbol * width);
    long address =
        switch (layout.form) {
          case ABSOLUTE ->
              width == Integer.BYTES
                  ? entry
                  : (entry & 0xffff_ffffL) | (long) word(symbol * width + 4) << Integer.SIZE;
          case RELATIVE -> base + (entry & 0xffff_ffffL);
          case RELATIVE_OR_ABSOLUTE -> entry >= 0 ? entry : base - 1 - entry;
          case SELF_RELATIVE -> table + 4L * symbol + entry;
        };
    return pointerSize == Long.BYTES ? address : address & 0xffff_ffffL;
  }

  /**
   * Whether the addresses are those of a kernel's symbols.
   *
   * @param step looks at each so many-th
   */
  private boolean isCredible(int step) {
    int count = bytes.length / width;
    int seen = 0;
    int ordered = 0;
    int inKernel = 0;
    long last = 0;
    for (int i = 0; i < count; i += step) {
      long address = address(i);
      if (isKernelAddress(address, pointerSize)) {
        inKernel++;
      }
      if (seen++ > 0 && Long.compareUnsigned(address, last) >= 0) {
        ordered++;
      }
      last = address;
    }
    // Per-CPU symbols are small numbers: they may be many, but not the most.
    return 100L * ordered >= (long) MIN_ORDERED_PERCENT * (seen - 1)
        && inKernel > seen / 2
        && address(count - 1) - address(0) != 0
        && (layout.form != Form.ABSOLUTE || isNear(address(count / 2), table));
  }

  /**
   * Whether a symbol is of the kernel that holds the table. Distances of 32 bits, taken for
   * addresses, are in order and in the kernel's half as well, but lead elsewhere.
   */
  private static boolean isNear(long symbol, long table) {
    return Math.abs(symbol - table) < MAX_KERNEL;
  }

  private static boolean isKernelAddress(long address, int pointerSize) {
    return pointerSize == Long.BYTES ? address < 0 : address >= 1L << 30;
  }

  private int word(int at) {
    return (bytes[at] & 0xff)
        | (bytes[at + 1] & 0xff) << 8
        | (bytes[at + 2] & 0xff) << 16
        | bytes[at + 3] << 24;
  }
}
