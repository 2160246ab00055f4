package io.nestwalk.synthetic;

import io.nestwalk.paging.EptModes;
import io.nestwalk.paging.Fault;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** EPT as Intel's manual draws it in volume 3C, tables 29-1 to 29-7. */
public final class EptForm extends TableForm {

  /** Uncacheable, write-combining, write-through, write-protected, write-back. */
  private static final int[] MEMORY_TYPES = {0, 1, 4, 5, 6};

  private static final int[] RESERVED_TYPES = {2, 3, 7};
  private static final long LARGE = 1 << 7;

  /** EPT with that many levels on a processor with that many physical-address bits. */
  public EptForm(int depth, int physicalBits) {
    super(EptModes.of(depth, physicalBits), 8, physicalBits, tiers(depth));
  }

  private static List<Tier> tiers(int depth) {
    List<Tier> tiers = new ArrayList<>();
    for (int level = depth; level >= 1; level--) {
      tiers.add(new Tier(12 + 9 * (level - 1), 9, level <= 3));
    }
    return tiers;
  }

  @Override
  int rootAlignment() {
    return 12;
  }

  @Override
  long table(int depth, long next, int rights) {
    return next | (rights & 7);
  }

  @Override
  long page(int depth, long address, int rights) {
    return address | (rights & 7) | (depth == bottom() ? 0 : LARGE);
  }

  @Override
  long tableNoise(Random random, int depth) {
    return some(random, 11, 8) | some(random, 63, 52);
  }

  @Override
  long pageNoise(Random random, int depth) {
    long type = (long) MEMORY_TYPES[random.nextInt(MEMORY_TYPES.length)] << 3;
    long ignored = depth == bottom() ? some(random, 7, 7) : 0;
    return type | ignored | some(random, 6, 6) | some(random, 11, 8) | some(random, 63, 52);
  }

  @Override
  long usualTableBits() {
    return 0x100;
  }

  @Override
  long usualPageBits() {
    return 0x330;
  }

  @Override
  int tableRights(Random random, int depth) {
    return random.nextInt(4) == 0 ? pageRights(random) : Rights.ALL;
  }

  /** Not nothing, which would be no entry; not "write without read", which is refused. */
  @Override
  int pageRights(Random random) {
    int[] allowed = {0b001, 0b011, 0b100, 0b101, 0b111};
    int rights = allowed[random.nextInt(allowed.length)];
    boolean execute = (rights & Rights.EXECUTE) != 0;
    return rights | Rights.USER | (execute ? Rights.USER_EXECUTE : 0);
  }

  @Override
  long hole(Random random) {
    return random.nextLong() & ~7L;
  }

  @Override
  void flaws(Random random, int depth, long target, List<Flaw> flaws) {
    boolean pages = tiers().get(depth).pages();
    boolean aboveBottom = depth < bottom();
    long writeOnly = random.nextBoolean() ? 0b010 : 0b110;
    long type = (long) RESERVED_TYPES[random.nextInt(RESERVED_TYPES.length)] << 3;
    if (pages) {
      long page = page(depth, 0, Rights.ALL);
      flaws.add(new Flaw((page & ~7L) | writeOnly, Fault.MISCONFIGURED));
      flaws.add(new Flaw(page | type, Fault.MISCONFIGURED));
      if (addressBits() < 52) {
        flaws.add(new Flaw(page | one(random, 51, addressBits()), Fault.RESERVED_BITS));
      }
      if (aboveBottom) {
        int shift = tiers().get(depth).shift();
        flaws.add(new Flaw(page | one(random, shift - 1, 12), Fault.RESERVED_BITS));
      }
    }
    if (aboveBottom) {
      long table = table(depth, target, Rights.ALL);
      flaws.add(new Flaw((table & ~7L) | writeOnly, Fault.MISCONFIGURED));
      flaws.add(new Flaw(table | one(random, pages ? 6 : 7, 3), Fault.RESERVED_BITS));
      if (addressBits() < 52) {
        flaws.add(new Flaw(table | one(random, 51, addressBits()), Fault.RESERVED_BITS));
      }
    }
  }

  @Override
  public long extend(long low) {
    return low;
  }

  @Override
  public long refused(Random random, long address) {
    return flippedAbove(random, address);
  }
}
