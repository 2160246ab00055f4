package io.nestwalk.windows.memory;

import io.nestwalk.types.Field;
import io.nestwalk.windows.kernel.Kernel;
import io.nestwalk.windows.layout.Layout;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What the bits of a table entry mean to Windows that the processor takes for not present: {@code
 * _MMPTE_SOFTWARE}, {@code _MMPTE_TRANSITION}, {@code _MMPTE_PROTOTYPE}.
 *
 * <p>Since 2018 the kernel sets a bit above physical memory in them, so that a processor that reads
 * ahead meets nothing (L1TF): it is taken off where the entry does not say that it is not there.
 * Neither this nor where a page file's number stands follows from the build's number: both are
 * asked of the entries themselves.
 *
 * @param entryBytes size of an entry
 * @param frame page number of a page in transition
 * @param prototypeAddress of a prototype entry, without its upper bits
 * @param fileNumber which page file
 * @param fileOffset where in the page file, in pages
 * @param protection as {@link Protection} has it
 * @param swizzleBit says that the invalid mask is not in the entry; 0 for none
 * @param invalidMask the bit above physical memory; 0 for none
 * @param inStoreBit says that the page is compressed in memory; 0 for none
 */
record SoftwareForm(
    int entryBytes,
    EntryField frame,
    EntryField prototypeAddress,
    EntryField fileNumber,
    EntryField fileOffset,
    EntryField protection,
    long swizzleBit,
    long invalidMask,
    long inStoreBit) {

  private static final long PROTOTYPE = 1L << 10;
  private static final long TRANSITION = 1L << 11;
  private static final EntryField PROTECTION = EntryField.of(5, 5);
  private static final EntryField FILE_NUMBER_OLD = EntryField.of(1, 4);
  private static final EntryField FILE_NUMBER_NEW = EntryField.of(12, 4);
  private static final long SWIZZLE_NEW = 1L << 4;
  private static final int UPPER_HALF = 32;
  private static final long ONES = 0xffff_ffffL;
  private static final int PAGE_SHIFT = 12;
  private static final int ADDRESS_BITS_64 = 48;
  private static final int FRAME_BITS_64 = 36;
  private static final int FRAME_BITS_PAE = 26;
  private static final int FRAME_BITS_32 = 20;

  /** As two symbols of different builds have it. */
  private static final String MASK_SYMBOL = "MiInvalidPteMask";

  /**
   * The form of a kernel's entries.
   *
   * @param samples entries of it that are not present
   */
  static SoftwareForm of(Kernel kernel, EntrySamples samples) {
    int bytes = kernel.tables().mode().entry().bytes();
    if (bytes == Integer.BYTES) {
      return new SoftwareForm(
          bytes,
          EntryField.of(PAGE_SHIFT, FRAME_BITS_32),
          EntryField.of(0, 0),
          FILE_NUMBER_OLD,
          EntryField.of(PAGE_SHIFT, FRAME_BITS_32),
          PROTECTION,
          0,
          0,
          0);
    }
    Layout layout = kernel.layout();
    boolean wide = kernel.isWide();
    EntryField told =
        field(layout, "_MMPTE_SOFTWARE", "PageFileLow").filter(f -> wide).orElse(FILE_NUMBER_NEW);
    boolean sure = layout.basis() == Layout.Basis.SYMBOLS;
    EntryField number =
        sure ? told : samples.fileNumber(FILE_NUMBER_OLD, FILE_NUMBER_NEW).orElse(told);
    boolean old = number.equals(FILE_NUMBER_OLD);
    long mask = old ? 0 : maskOf(kernel).orElseGet(samples::invalidMask);
    return new SoftwareForm(
        bytes,
        field(layout, "_MMPTE_TRANSITION", "PageFrameNumber")
            .filter(f -> wide)
            .orElse(EntryField.of(PAGE_SHIFT, wide ? FRAME_BITS_64 : FRAME_BITS_PAE)),
        field(layout, "_MMPTE_PROTOTYPE", "ProtoAddress")
            .filter(f -> wide)
            .orElse(
                wide
                    ? EntryField.of(Long.SIZE - ADDRESS_BITS_64, ADDRESS_BITS_64)
                    : EntryField.of(UPPER_HALF, UPPER_HALF)),
        number,
        EntryField.of(UPPER_HALF, UPPER_HALF),
        PROTECTION,
        old ? 0 : SWIZZLE_NEW,
        mask,
        wide && !old
            ? field(layout, "_MMPTE_SOFTWARE", "InStore").map(EntryField::bits).orElse(0L)
            : 0);
  }

  private static Optional<EntryField> field(Layout layout, String struct, String member) {
    return layout.findField(struct, member).map(EntryField::of);
  }

  /** As the kernel itself keeps it, where a symbol says where. */
  private static Optional<Long> maskOf(Kernel kernel) {
    OptionalLong symbol = kernel.symbols().address(MASK_SYMBOL);
    if (symbol.isPresent()) {
      return value(kernel, symbol.getAsLong());
    }
    OptionalLong state = kernel.symbols().address("MiState");
    Optional<Field> hardware = kernel.layout().findField("_MI_SYSTEM_INFORMATION", "Hardware");
    Optional<Field> mask = kernel.layout().findField("_MI_HARDWARE_STATE", "InvalidPteMask");
    return state.isPresent() && hardware.isPresent() && mask.isPresent()
        ? value(kernel, mask.get().at(hardware.get().at(state.getAsLong())))
        : Optional.empty();
  }

  private static Optional<Long> value(Kernel kernel, long address) {
    return kernel.memory().isPresent(address)
        ? Optional.of(kernel.memory().getLong(address, 0))
        : Optional.empty();
  }

  /** The entry without the mask. */
  long plain(long entry) {
    return (entry & swizzleBit) == 0 ? entry & ~invalidMask : entry;
  }

  static boolean isPrototype(long entry) {
    return (entry & PROTOTYPE) != 0;
  }

  static boolean isTransition(long entry) {
    return (entry & (PROTOTYPE | TRANSITION)) == TRANSITION;
  }

  /** Whether an entry says no more than that the descriptor knows the prototype. */
  boolean isLookup(long entry) {
    return isPrototype(entry)
        && (entryBytes == Integer.BYTES || (entry | invalidMask) >>> UPPER_HALF == ONES);
  }

  /** The physical address of the page of an entry in transition. */
  long frameOf(long entry) {
    return frame.in(plain(entry)) << PAGE_SHIFT;
  }

  /** The kernel address of the prototype entry that an entry names. */
  long prototypeOf(long entry) {
    return extended(prototypeAddress.in(plain(entry)));
  }

  /** The same, if the mask is not in the entry. */
  long rawPrototypeOf(long entry) {
    return extended(prototypeAddress.in(entry));
  }

  private long extended(long address) {
    int bits = Long.bitCount(prototypeAddress.mask());
    return bits < ADDRESS_BITS_64 ? address : address << (Long.SIZE - bits) >> (Long.SIZE - bits);
  }

  Protection protectionOf(long entry) {
    return new Protection((int) protection.in(entry));
  }
}
