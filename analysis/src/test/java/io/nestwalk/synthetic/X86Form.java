package io.nestwalk.synthetic;

import io.nestwalk.paging.Fault;
import io.nestwalk.paging.PagingMode;
import io.nestwalk.paging.X86Modes;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * x86 page tables as Intel's manual draws them in volume 3A, tables 5-3 to 5-20 (AMD's in volume 2,
 * figures 5-4 to 5-27), and the same tables nested (AMD volume 2, 15.25).
 */
public final class X86Form extends TableForm {

  private enum Kind {
    TWO_LEVEL,
    PAE,
    LONG
  }

  private static final long PRESENT = 1;
  private static final long LARGE = 1 << 7;

  private final Kind kind;
  private final boolean nested;
  private final boolean largePages;

  private X86Form(
      PagingMode mode, Kind kind, boolean nested, boolean largePages, int addressBits, int depth) {
    super(mode, kind == Kind.TWO_LEVEL ? 4 : 8, addressBits, tiers(kind, largePages, depth));
    this.kind = kind;
    this.nested = nested;
    this.largePages = largePages;
  }

  private static List<Tier> tiers(Kind kind, boolean largePages, int depth) {
    return switch (kind) {
      case TWO_LEVEL -> List.of(new Tier(22, 10, largePages), new Tier(12, 10, true));
      case PAE -> List.of(new Tier(30, 2, false), new Tier(21, 9, true), new Tier(12, 9, true));
      case LONG -> {
        List<Tier> tiers = new ArrayList<>();
        for (int level = depth; level >= 1; level--) {
          tiers.add(new Tier(12 + 9 * (level - 1), 9, level <= 3));
        }
        yield tiers;
      }
    };
  }

  /** 4- or 5-level paging of a processor with that many physical-address bits. */
  public static X86Form longMode(int depth, int physicalBits) {
    PagingMode mode =
        depth == 4 ? X86Modes.fourLevel(physicalBits) : X86Modes.fiveLevel(physicalBits);
    return new X86Form(mode, Kind.LONG, false, true, physicalBits, depth);
  }

  /** PAE paging. */
  public static X86Form pae(int physicalBits) {
    return new X86Form(X86Modes.pae(physicalBits), Kind.PAE, false, true, physicalBits, 3);
  }

  /** 32-bit paging, with CR4.PSE or without. */
  public static X86Form twoLevel(boolean largePages) {
    return new X86Form(
        X86Modes.twoLevel(largePages), Kind.TWO_LEVEL, false, largePages, largePages ? 40 : 32, 2);
  }

  /** Nested tables of a host in long mode. */
  public static X86Form nestedLong(int depth, int physicalBits) {
    return new X86Form(
        X86Modes.nestedLong(depth, physicalBits), Kind.LONG, true, true, physicalBits, depth);
  }

  /** Nested tables of a host with PAE paging. */
  public static X86Form nestedPae(int physicalBits) {
    return new X86Form(X86Modes.nestedPae(physicalBits), Kind.PAE, true, true, physicalBits, 3);
  }

  /** Nested tables of a host with 32-bit paging. */
  public static X86Form nestedTwoLevel() {
    return new X86Form(X86Modes.nestedTwoLevel(), Kind.TWO_LEVEL, true, true, 40, 2);
  }

  @Override
  int pageAddressBits(int depth) {
    return kind == Kind.TWO_LEVEL && depth == bottom() ? 32 : addressBits();
  }

  @Override
  int tableAddressBits() {
    return kind == Kind.TWO_LEVEL ? 32 : addressBits();
  }

  @Override
  int rootAddressBits() {
    return kind == Kind.LONG ? addressBits() : 32;
  }

  @Override
  int rootAlignment() {
    return kind == Kind.PAE ? 5 : 12;
  }

  private boolean isPdpte(int depth) {
    return kind == Kind.PAE && depth == 0;
  }

  @Override
  long table(int depth, long next, int rights) {
    return next | PRESENT | (isPdpte(depth) ? 0 : rightsBits(rights));
  }

  @Override
  long page(int depth, long address, int rights) {
    long entry = PRESENT | rightsBits(rights) | (depth == bottom() ? 0 : LARGE);
    if (kind == Kind.TWO_LEVEL && depth == 0) {
      // PSE-36: bits 39:32 of the address stand in bits 20:13.
      return entry | (address & 0xffc0_0000L) | (address >>> 32) << 13;
    }
    return entry | address;
  }

  private long rightsBits(int rights) {
    return ((rights & Rights.WRITE) != 0 ? 2 : 0)
        | ((rights & Rights.USER) != 0 ? 4 : 0)
        | ((rights & Rights.EXECUTE) != 0 || kind == Kind.TWO_LEVEL ? 0 : 1L << 63);
  }

  /** The ignored bits above the address: only long mode has any. */
  private long highNoise(Random random) {
    return kind == Kind.LONG ? some(random, 62, 52) : 0;
  }

  @Override
  long tableNoise(Random random, int depth) {
    if (isPdpte(depth)) {
      return some(random, 5, 3) | some(random, 11, 9);
    }
    long ignoredLarge = kind == Kind.TWO_LEVEL && !largePages ? some(random, 7, 7) : 0;
    return some(random, 6, 3) | some(random, 11, 8) | ignoredLarge | highNoise(random);
  }

  @Override
  long pageNoise(Random random, int depth) {
    long pat = depth == bottom() ? some(random, 7, 7) : some(random, 12, 12);
    return some(random, 6, 3) | some(random, 11, 8) | pat | highNoise(random);
  }

  @Override
  long usualTableBits() {
    return kind == Kind.PAE ? 0 : 0x20;
  }

  @Override
  long usualPageBits() {
    return 0x60;
  }

  @Override
  int tableRights(Random random, int depth) {
    boolean all = isPdpte(depth) || random.nextInt(4) != 0;
    return all ? Rights.ALL : pageRights(random);
  }

  @Override
  int pageRights(Random random) {
    int rights = Rights.READ | random.nextInt(16);
    boolean execute = kind == Kind.TWO_LEVEL || (rights & Rights.EXECUTE) != 0;
    int both = Rights.EXECUTE | Rights.USER_EXECUTE;
    return execute ? rights | both : rights & ~both;
  }

  @Override
  int permissions(int tables, int page) {
    int granted = tables & page;
    if (!nested) {
      return Rights.permissions(granted);
    }
    // A nested walk is a user's access, whatever the guest does.
    return Rights.permissions((granted & Rights.USER) != 0 ? granted : Rights.USER);
  }

  @Override
  long hole(Random random) {
    long entry = random.nextLong() & ~PRESENT;
    return entryBytes() == 4 ? entry & 0xffff_ffffL : entry;
  }

  @Override
  void flaws(Random random, int depth, long target, List<Flaw> flaws) {
    boolean pages = tiers().get(depth).pages();
    boolean aboveBottom = depth < bottom();
    int highest = kind == Kind.PAE ? 62 : 51;
    if (kind != Kind.TWO_LEVEL && addressBits() <= highest) {
      long tooWide = one(random, highest, addressBits());
      if (pages) {
        flaws.add(reserved(page(depth, 0, Rights.ALL) | tooWide));
      }
      if (aboveBottom) {
        flaws.add(reserved(table(depth, target, Rights.ALL) | tooWide));
      }
    }
    if (isPdpte(depth)) {
      // Bit 5 is reserved too, but emulators set it.
      long bit = random.nextBoolean() ? one(random, 2, 1) : one(random, 8, 6);
      flaws.add(reserved(table(depth, target, 0) | (random.nextInt(5) == 0 ? 1L << 63 : bit)));
    }
    if (kind == Kind.LONG && !pages) {
      flaws.add(reserved(table(depth, target, Rights.ALL) | LARGE));
    }
    if (pages && aboveBottom) {
      int shift = tiers().get(depth).shift();
      long low = kind == Kind.TWO_LEVEL ? 1L << 21 : one(random, shift - 1, 13);
      flaws.add(reserved(page(depth, 0, Rights.ALL) | low));
    }
  }

  private static Flaw reserved(long entry) {
    return new Flaw(entry, Fault.RESERVED_BITS);
  }

  @Override
  public long extend(long low) {
    return kind == Kind.LONG && !nested ? signExtended(low, inputBits()) : low;
  }

  @Override
  public long refused(Random random, long address) {
    return flippedAbove(random, address);
  }
}
