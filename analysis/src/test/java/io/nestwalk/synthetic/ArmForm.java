package io.nestwalk.synthetic;

import io.nestwalk.paging.ArmModes;
import io.nestwalk.paging.ArmModes.Granule;
import io.nestwalk.paging.ArmModes.OutputSize;
import io.nestwalk.paging.Fault;
import io.nestwalk.paging.InputRule;
import io.nestwalk.paging.PagingMode;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** VMSAv8-64 tables as the Arm manual draws them in section D8.3. */
public final class ArmForm extends TableForm {

  private static final long VALID = 1;
  private static final long TABLE_OR_PAGE = 2;

  private final boolean secondStage;
  private final boolean upperHalf;
  private final int granuleShift;
  private final int startLevel;
  private final OutputSize output;
  private long usualTableBits;

  private ArmForm(
      PagingMode mode,
      boolean secondStage,
      boolean upperHalf,
      int granuleShift,
      int startLevel,
      int inputBits,
      OutputSize output) {
    super(
        mode,
        8,
        output == OutputSize.BITS_48 ? 48 : 52,
        tiers(granuleShift, startLevel, inputBits, output));
    this.secondStage = secondStage;
    this.upperHalf = upperHalf;
    this.granuleShift = granuleShift;
    this.startLevel = startLevel;
    this.output = output;
  }

  /** Stage 1 below TTBR0, or below TTBR1 for the upper half. */
  public static ArmForm stage1(
      Granule granule, int inputBits, boolean upperHalf, OutputSize output) {
    InputRule input = upperHalf ? InputRule.ONES_EXTENDED : InputRule.ZERO_EXTENDED;
    int startLevel = 3;
    while (shiftOf(granule.shift(), startLevel - 1) < inputBits) {
      startLevel--;
    }
    return new ArmForm(
        ArmModes.stage1(granule, inputBits, input, output),
        false,
        upperHalf,
        granule.shift(),
        startLevel,
        inputBits,
        output);
  }

  /** Stage 2 from {@code startLevel} on, with concatenated tables where the input needs them. */
  public static ArmForm stage2(Granule granule, int inputBits, int startLevel, OutputSize output) {
    return new ArmForm(
        ArmModes.stage2(granule, inputBits, startLevel, output),
        true,
        false,
        granule.shift(),
        startLevel,
        inputBits,
        output);
  }

  /** Stage 2 as Xen writes it: what names a table holds all that maps a page. */
  public static ArmForm xen(int inputBits, int startLevel) {
    ArmForm form = stage2(Granule.KIB_4, inputBits, startLevel, OutputSize.BITS_48);
    form.usualTableBits = 0x0080_0000_0000_07fcL;
    return form;
  }

  /** The lowest address bit that a level indexes: level 3 lies above the page's offset. */
  public static int shiftOf(int granuleShift, int level) {
    int shift = granuleShift;
    for (int above = 3; above > level; above--) {
      shift += granuleShift - 3;
    }
    return shift;
  }

  private static List<Tier> tiers(
      int granuleShift, int startLevel, int inputBits, OutputSize output) {
    List<Tier> tiers = new ArrayList<>();
    for (int level = startLevel; level <= 3; level++) {
      int shift = shiftOf(granuleShift, level);
      int indexBits = level == startLevel ? inputBits - shift : granuleShift - 3;
      tiers.add(
          new Tier(shift, indexBits, level == 3 || level >= firstBlock(granuleShift, output)));
    }
    return tiers;
  }

  /** The first level with blocks, from the tables of block sizes in D8.3. */
  private static int firstBlock(int granuleShift, OutputSize output) {
    boolean wide = output != OutputSize.BITS_48;
    return switch (granuleShift) {
      case 12 -> wide ? 0 : 1;
      default -> wide ? 1 : 2;
    };
  }

  @Override
  int rootAddressBits() {
    return 48;
  }

  @Override
  int rootAlignment() {
    return Math.max(6, Long.numberOfTrailingZeros(rootBytes()));
  }

  @Override
  int tableAlignment() {
    return granuleShift;
  }

  private long addressBitsOf(long address) {
    return switch (output) {
      case BITS_48 -> address;
      case LPA -> (address & ones(47, 0)) | (address >>> 48) << 12;
      case LPA2 -> (address & ones(49, 0)) | (address >>> 50) << 8;
    };
  }

  @Override
  long table(int depth, long next, int rights) {
    long entry = addressBitsOf(next) | VALID | TABLE_OR_PAGE;
    if (secondStage) {
      return entry;
    }
    return entry
        | ((rights & Rights.EXECUTE) != 0 ? 0 : 1L << 59)
        | ((rights & Rights.USER_EXECUTE) != 0 ? 0 : 1L << 60)
        | ((rights & Rights.USER) != 0 ? 0 : 1L << 61)
        | ((rights & Rights.WRITE) != 0 ? 0 : 1L << 62);
  }

  @Override
  long page(int depth, long address, int rights) {
    long entry = addressBitsOf(address) | VALID | (depth == bottom() ? TABLE_OR_PAGE : 0);
    if (secondStage) {
      return entry
          | ((rights & Rights.READ) != 0 ? 1 << 6 : 0)
          | ((rights & Rights.WRITE) != 0 ? 1 << 7 : 0)
          | ((rights & Rights.EXECUTE) != 0 ? 0 : 1L << 54);
    }
    return entry
        | ((rights & Rights.USER) != 0 ? 1 << 6 : 0)
        | ((rights & Rights.WRITE) != 0 ? 0 : 1 << 7)
        | ((rights & Rights.EXECUTE) != 0 ? 0 : 1L << 53)
        | ((rights & Rights.USER_EXECUTE) != 0 ? 0 : 1L << 54);
  }

  @Override
  long tableNoise(Random random, int depth) {
    long shareability = output == OutputSize.LPA2 ? 0 : some(random, 9, 8);
    return some(random, 7, 2) | shareability | some(random, 11, 10) | some(random, 58, 52);
  }

  @Override
  long pageNoise(Random random, int depth) {
    long attributes = some(random, 5, 2);
    long shareability = output == OutputSize.LPA2 ? 0 : some(random, 9, 8);
    long breakBeforeMake =
        depth < bottom() && tiers().get(depth).shift() > 17 ? some(random, 16, 16) : 0;
    return attributes
        | shareability
        | breakBeforeMake
        | some(random, 11, 10)
        | some(random, 52, 50)
        | some(random, 58, 55);
  }

  @Override
  long usualTableBits() {
    return usualTableBits;
  }

  @Override
  long usualPageBits() {
    long accessed = output == OutputSize.LPA2 ? 0x400 : 0x700;
    return secondStage ? accessed | 0x3c : accessed;
  }

  @Override
  int tableRights(Random random, int depth) {
    return secondStage || random.nextBoolean()
        ? Rights.ALL
        : Rights.READ | random.nextInt(Rights.ALL + 1);
  }

  @Override
  int pageRights(Random random) {
    int rights = random.nextInt(Rights.ALL + 1);
    if (!secondStage) {
      return rights | Rights.READ;
    }
    boolean execute = (rights & Rights.EXECUTE) != 0;
    rights |= Rights.USER | Rights.USER_EXECUTE;
    return execute ? rights : rights & ~Rights.USER_EXECUTE;
  }

  @Override
  long hole(Random random) {
    return random.nextLong() & ~VALID;
  }

  @Override
  void flaws(Random random, int depth, long target, List<Flaw> flaws) {
    boolean pages = tiers().get(depth).pages();
    long page = page(depth, 0, Rights.ALL);
    boolean narrow = output == OutputSize.BITS_48;
    if (depth == bottom()) {
      flaws.add(reserved(page & ~TABLE_OR_PAGE));
    } else {
      if (!pages) {
        flaws.add(reserved(page));
      }
      if (narrow) {
        long table = table(depth, target, Rights.ALL);
        flaws.add(reserved(table | one(random, 51, 48)));
        if (granuleShift > 12) {
          flaws.add(reserved(table | one(random, granuleShift - 1, 12)));
        }
      }
    }
    if (pages) {
      if (narrow) {
        flaws.add(reserved(page | one(random, 49, 48)));
        if (granuleShift > 12) {
          flaws.add(reserved(page | one(random, granuleShift - 1, 12)));
        }
      }
      if (depth < bottom()) {
        int shift = tiers().get(depth).shift();
        flaws.add(reserved(page | one(random, shift - 1, Math.max(17, granuleShift))));
      }
    }
  }

  private static Flaw reserved(long entry) {
    return new Flaw(entry, Fault.RESERVED_BITS);
  }

  @Override
  public long extend(long low) {
    return upperHalf ? low | ones(63, inputBits()) : low;
  }

  @Override
  public long refused(Random random, long address) {
    return flippedAbove(random, address);
  }

  @Override
  public String toString() {
    return "%s, start level %d, %s%s"
        .formatted(mode(), startLevel, output, upperHalf ? ", upper half" : "");
  }
}
