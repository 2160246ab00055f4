package io.nestwalk.paging;

import io.nestwalk.image.Architecture;
import java.util.List;

/**
 * The shape of a hierarchy of page tables, as data: the one {@link Walker} reads any of them.
 *
 * @param name what users see: "x86-64 4-level", "EPT 4-level"
 * @param architecture whose tables these are
 * @param stage which translation they do
 * @param input what the untranslated high bits of an input address must be
 * @param levels from the root's down to the lowest
 * @param entry what entries look like
 * @param rootMask the bits of a root register that hold the root's address
 */
public record PagingMode(
    String name,
    Architecture architecture,
    Stage stage,
    InputRule input,
    List<Level> levels,
    EntryFormat entry,
    long rootMask) {

  private static final long WIDE_ROOT = 0x3c;
  private static final int WIDE_ROOT_SHIFT = 46;

  /** Which translation a hierarchy does. */
  public enum Stage {
    /** Virtual to (guest-)physical, as an operating system sets it up. */
    FIRST,
    /** Guest-physical to host-physical, as a hypervisor sets it up. */
    SECOND
  }

  /** Copies the levels. */
  public PagingMode {
    levels = List.copyOf(levels);
  }

  /** How many low bits of an input address are translated or an offset. */
  public int inputBits() {
    return levels.getFirst().shift() + levels.getFirst().indexBits();
  }

  /** Whether this mode translates {@code address}, that is whether it is canonical here. */
  public boolean accepts(long address) {
    return input.accepts(address, inputBits());
  }

  /** The lowest level. */
  public Level bottom() {
    return levels.getLast();
  }

  /** The size of the root in bytes: below a page for PAE, above for concatenated tables. */
  public long rootBytes() {
    return (long) levels.getFirst().entries() * entry.bytes();
  }

  /**
   * The root's address in a root register's value (a CR3, EPTP, TTBR or VTTBR). Where output
   * addresses have 52 bits, AArch64's registers keep bits 51:48 in bits 5:2 (Arm Architecture
   * Reference Manual, D24.2, TTBR0_EL1.BADDR).
   */
  public long rootOf(long register) {
    return (register & rootMask)
        | (hasWideRegister() ? (register & WIDE_ROOT) << WIDE_ROOT_SHIFT : 0);
  }

  /** {@code address} without the bits below a root's alignment, and without those of no address. */
  public long rootAt(long address) {
    return address & (hasWideRegister() ? rootMask | WIDE_ROOT << WIDE_ROOT_SHIFT : rootMask);
  }

  /** How roots are aligned, in bytes. */
  public long rootAlignment() {
    return Long.lowestOneBit(rootMask);
  }

  private boolean hasWideRegister() {
    return architecture == Architecture.AARCH64 && entry.tableAddress().highMask() != 0;
  }

  // Not the record's own, which the JVM makes anew at every start of the program. Most modes that
  // are compared are one object, or have different names.

  @Override
  public boolean equals(Object other) {
    return this == other
        || (other instanceof PagingMode mode
            && name.equals(mode.name)
            && architecture == mode.architecture
            && stage == mode.stage
            && input == mode.input
            && rootMask == mode.rootMask
            && levels.equals(mode.levels)
            && entry.equals(mode.entry));
  }

  @Override
  public int hashCode() {
    return name.hashCode();
  }

  @Override
  public String toString() {
    return name;
  }
}
