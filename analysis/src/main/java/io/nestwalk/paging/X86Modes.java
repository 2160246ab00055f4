package io.nestwalk.paging;

import static io.nestwalk.paging.Bits.bit;
import static io.nestwalk.paging.Bits.range;
import static io.nestwalk.paging.EntryFormat.Flag.any;
import static io.nestwalk.paging.EntryFormat.Flag.leaf;

import io.nestwalk.image.Architecture;
import io.nestwalk.paging.PagingMode.Stage;
import java.util.ArrayList;
import java.util.List;

/**
 * The paging modes of x86: Intel SDM volume 3A chapter 5 ("Paging"), AMD APM volume 2 chapter 5; as
 * nested tables AMD APM volume 2 section 15.25.
 */
public final class X86Modes {

  /** The widest physical address that the architecture allows. */
  public static final int MAX_PHYSICAL_BITS = 52;

  /**
   * The width of physical addresses that tables which are looked for may name. The dump does not
   * hold the processor's own; with 48 bits the markers that hypervisors put into entries for
   * devices (bit 51) stand out as reserved, and 256 TiB of memory can be reached.
   */
  public static final int SEARCHED_PHYSICAL_BITS = 48;

  private static final long PRESENT = bit(0);
  private static final long WRITABLE = bit(1);
  private static final long USER = bit(2);
  private static final long PAGE_SIZE = bit(7);
  private static final long NO_EXECUTE = bit(63);
  private static final long PAE_ROOT = range(31, 5);
  private static final long TWO_LEVEL_ROOT = range(31, 12);
  private static final long LONG_ROOT = range(51, 12);

  private static final List<EntryFormat.Flag> FLAGS =
      List.of(
          any(PRESENT, "P"),
          any(WRITABLE, "RW"),
          any(USER, "US"),
          any(bit(3), "PWT"),
          any(bit(4), "PCD"),
          any(bit(5), "A"),
          leaf(bit(6), "D"),
          leaf(bit(8), "G"),
          any(NO_EXECUTE, "NX"));

  private static final PagingMode FOUR_LEVEL = fourLevelOf(SEARCHED_PHYSICAL_BITS);
  private static final PagingMode FIVE_LEVEL = fiveLevelOf(SEARCHED_PHYSICAL_BITS);

  private X86Modes() {}

  /** 4-level paging of long mode: 48-bit addresses. */
  public static PagingMode fourLevel(int physicalBits) {
    return physicalBits == SEARCHED_PHYSICAL_BITS ? FOUR_LEVEL : fourLevelOf(physicalBits);
  }

  private static PagingMode fourLevelOf(int physicalBits) {
    return longMode("x86-64 4-level", 4, Stage.FIRST, physicalBits);
  }

  /** 5-level paging of long mode (CR4.LA57): 57-bit addresses. */
  public static PagingMode fiveLevel(int physicalBits) {
    return physicalBits == SEARCHED_PHYSICAL_BITS ? FIVE_LEVEL : fiveLevelOf(physicalBits);
  }

  private static PagingMode fiveLevelOf(int physicalBits) {
    return longMode("x86-64 5-level", 5, Stage.FIRST, physicalBits);
  }

  /** AMD nested tables of a host in long mode: as deep as the host's own tables. */
  public static PagingMode nestedLong(int levels, int physicalBits) {
    return longMode("NPT %d-level".formatted(levels), levels, Stage.SECOND, physicalBits);
  }

  /** AMD nested tables of a host with PAE paging. */
  public static PagingMode nestedPae(int physicalBits) {
    return pae("NPT PAE", Stage.SECOND, physicalBits);
  }

  /** AMD nested tables of a host with 32-bit paging. */
  public static PagingMode nestedTwoLevel() {
    return twoLevel("NPT 2-level", Stage.SECOND, true);
  }

  /** PAE paging of 32-bit x86: a root of four entries, 32-byte aligned. */
  public static PagingMode pae(int physicalBits) {
    return pae("x86 PAE", Stage.FIRST, physicalBits);
  }

  /**
   * 32-bit paging.
   *
   * @param largePages whether CR4.PSE allows 4 MiB pages, whose bits 20:13 are address bits 39:32
   *     (PSE-36)
   */
  public static PagingMode twoLevel(boolean largePages) {
    return twoLevel("x86 2-level", Stage.FIRST, largePages);
  }

  private static PagingMode longMode(String name, int depth, Stage stage, int physicalBits) {
    long tooWide = range(MAX_PHYSICAL_BITS - 1, physicalBits);
    List<Level> levels = new ArrayList<>();
    if (depth == 5) {
      levels.add(table("PML5", 48, 9, tooWide | PAGE_SIZE));
    }
    levels.add(table("PML4", 39, 9, tooWide | PAGE_SIZE));
    levels.add(level("PDPT", 30, tooWide, 0));
    levels.add(level("PD", 21, tooWide, 0));
    levels.add(level("PT", 12, tooWide, 0));
    return new PagingMode(
        name,
        Architecture.X86_64,
        stage,
        stage == Stage.FIRST ? InputRule.SIGN_EXTENDED : InputRule.ZERO_EXTENDED,
        levels,
        entries(8, stage, NO_EXECUTE, AddressField.of(range(51, 12))),
        LONG_ROOT);
  }

  private static PagingMode pae(String name, Stage stage, int physicalBits) {
    long tooWide = range(62, physicalBits);
    // A PDPTE has no permission bits: bits 2:1 and 8:5 are reserved, as is NX (SDM 5.4.1).
    // Emulators
    // that read it at every walk do mark it accessed, so bit 5 may be set.
    Level root =
        new Level(
            "PDPT",
            30,
            2,
            false,
            AddressField.of(0),
            range(2, 1) | range(8, 6) | tooWide | NO_EXECUTE,
            0,
            false);
    return new PagingMode(
        name,
        Architecture.X86,
        stage,
        InputRule.ZERO_EXTENDED,
        List.of(root, level("PD", 21, tooWide, 0), level("PT", 12, tooWide, 0)),
        entries(8, stage, NO_EXECUTE, AddressField.of(range(51, 12))),
        PAE_ROOT);
  }

  private static PagingMode twoLevel(String name, Stage stage, boolean largePages) {
    Level directory =
        new Level(
            "PD",
            22,
            10,
            largePages,
            new AddressField(range(31, 22), 0, range(20, 13), 19),
            0,
            bit(21),
            true);
    Level table = new Level("PT", 12, 10, true, AddressField.of(range(31, 12)), 0, 0, true);
    return new PagingMode(
        name,
        Architecture.X86,
        stage,
        InputRule.ZERO_EXTENDED,
        List.of(directory, table),
        entries(4, stage, 0, AddressField.of(range(31, 12))),
        TWO_LEVEL_ROOT);
  }

  private static Level table(String name, int shift, int indexBits, long reserved) {
    return new Level(name, shift, indexBits, false, AddressField.of(0), reserved, 0, true);
  }

  /** A level of 512 entries; in a large page's leaf the bits between PAT and address are 0. */
  private static Level level(String name, int shift, long tooWide, long reserved) {
    return new Level(
        name,
        shift,
        9,
        true,
        AddressField.of(range(51, shift)),
        tooWide | reserved,
        tooWide | range(shift - 1, 13),
        true);
  }

  /**
   * Entries of any x86 mode. As nested tables they are read with user rights, whatever the guest
   * does (APM 15.25.5), so without the user bit nothing is granted.
   */
  private static EntryFormat entries(
      int bytes, Stage stage, long noExecute, AddressField tableAddress) {
    boolean nested = stage == Stage.SECOND;
    long always = nested ? USER : 0;
    Grant execute = new Grant(noExecute | always, always, noExecute | always, always);
    return new EntryFormat(
        bytes,
        PRESENT,
        PAGE_SIZE,
        true,
        0,
        tableAddress,
        ForbiddenValues.NONE,
        ForbiddenValues.NONE,
        Grant.whenSet(always),
        Grant.whenSet(WRITABLE | always),
        execute,
        nested ? Grant.ALWAYS : Grant.whenSet(USER),
        execute,
        noExecute == 0 ? FLAGS.subList(0, FLAGS.size() - 1) : FLAGS,
        -1);
  }
}
