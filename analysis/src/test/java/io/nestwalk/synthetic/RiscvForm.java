package io.nestwalk.synthetic;

import io.nestwalk.paging.Fault;
import io.nestwalk.paging.RiscvModes;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * RISC-V's tables as the privileged specification draws them: chapter 12 (Sv39, Sv48, Sv57), and
 * section "Two-Stage Address Translation" for the x4 forms.
 */
public final class RiscvForm extends TableForm {

  private static final int PHYSICAL_BITS = 56;
  private static final int PHYSICAL_SHIFT = 2;

  private final boolean guestStage;

  /**
   * Tables of three to five levels.
   *
   * @param guestStage whether these are the x4 forms
   */
  public RiscvForm(int depth, boolean guestStage) {
    super(
        guestStage ? RiscvModes.svX4(depth) : RiscvModes.sv(depth),
        8,
        PHYSICAL_BITS,
        tiers(depth, guestStage));
    this.guestStage = guestStage;
  }

  private static List<Tier> tiers(int depth, boolean guestStage) {
    List<Tier> tiers = new ArrayList<>();
    for (int level = depth - 1; level >= 0; level--) {
      boolean wide = guestStage && level == depth - 1;
      tiers.add(new Tier(12 + 9 * level, wide ? 11 : 9, true));
    }
    return tiers;
  }

  @Override
  int rootAlignment() {
    return guestStage ? 14 : 12;
  }

  @Override
  long table(int depth, long next, int rights) {
    return next >>> PHYSICAL_SHIFT | 1;
  }

  @Override
  long page(int depth, long address, int rights) {
    return address >>> PHYSICAL_SHIFT
        | 1
        | ((rights & Rights.READ) != 0 ? 1 << 1 : 0)
        | ((rights & Rights.WRITE) != 0 ? 1 << 2 : 0)
        | ((rights & Rights.EXECUTE) != 0 ? 1 << 3 : 0)
        | ((rights & Rights.USER) != 0 ? 1 << 4 : 0);
  }

  @Override
  long tableNoise(Random random, int depth) {
    return some(random, 5, 5) | some(random, 9, 8);
  }

  @Override
  long pageNoise(Random random, int depth) {
    // Memory types (Svpbmt) 0 to 2.
    long type = (long) random.nextInt(3) << 61;
    return some(random, 9, 5) | type;
  }

  @Override
  long usualTableBits() {
    return 0;
  }

  @Override
  long usualPageBits() {
    return 0xc0;
  }

  @Override
  int tableRights(Random random, int depth) {
    return Rights.ALL;
  }

  @Override
  int pageRights(Random random) {
    int[] allowed = {0b001, 0b011, 0b100, 0b101, 0b111};
    int rights = allowed[random.nextInt(allowed.length)];
    rights |= (rights & Rights.EXECUTE) != 0 ? Rights.USER_EXECUTE : 0;
    return rights | (random.nextBoolean() ? Rights.USER : 0);
  }

  @Override
  int permissions(int tables, int page) {
    if (guestStage && (page & Rights.USER) == 0) {
      // All of a guest's accesses are made with user rights.
      return Rights.permissions(Rights.USER);
    }
    return Rights.permissions(page);
  }

  @Override
  long hole(Random random) {
    return random.nextLong() & ~1L;
  }

  @Override
  void flaws(Random random, int depth, long target, List<Flaw> flaws) {
    long page = page(depth, 0, Rights.ALL);
    long writeOnly = random.nextBoolean() ? 0b0100 : 0b1100;
    flaws.add(new Flaw((page & ~0b1110L) | writeOnly, Fault.MISCONFIGURED));
    flaws.add(new Flaw(page | one(random, 60, 54), Fault.RESERVED_BITS));
    flaws.add(new Flaw(page | 1L << 63, Fault.RESERVED_BITS));
    if (depth == bottom()) {
      flaws.add(new Flaw(table(depth, target, 0), Fault.RESERVED_BITS));
      return;
    }
    int aligned = tiers().get(depth).shift() - PHYSICAL_SHIFT;
    flaws.add(new Flaw(page | one(random, aligned - 1, 10), Fault.RESERVED_BITS));
    long table = table(depth, target, 0);
    flaws.add(new Flaw(table | one(random, 7, 6), Fault.RESERVED_BITS));
    flaws.add(new Flaw(table | 1 << 4, Fault.RESERVED_BITS));
    flaws.add(new Flaw(table | one(random, 63, 54), Fault.RESERVED_BITS));
  }

  @Override
  public long extend(long low) {
    return guestStage ? low : signExtended(low, inputBits());
  }

  @Override
  public long refused(Random random, long address) {
    return flippedAbove(random, address);
  }
}
