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

  /** The root's address in a root register's value (a CR3, EPTP, TTBR, VTTBR, hgatp). */
  public long rootOf(long register) {
    return register & rootMask;
  }

  @Override
  public String toString() {
    return name;
  }
}
