package io.nestwalk.paging;

import static io.nestwalk.paging.Bits.bit;
import static io.nestwalk.paging.Bits.range;
import static io.nestwalk.paging.EntryFormat.Flag.any;
import static io.nestwalk.paging.EntryFormat.Flag.leaf;
import static io.nestwalk.paging.EntryFormat.Flag.table;

import io.nestwalk.image.Architecture;
import io.nestwalk.paging.PagingMode.Stage;
import java.util.ArrayList;
import java.util.List;

/**
 * AArch64's VMSAv8-64 tables, stage 1 and 2: Arm Architecture Reference Manual for A-profile,
 * chapter D8 ("The AArch64 Virtual Memory System Architecture").
 */
public final class ArmModes {

  private static final long VALID = bit(0);
  private static final long TABLE_OR_PAGE = bit(1);

  /** Bit 16 of a block is nT (FEAT_BBM), though it lies among the address bits of no block. */
  private static final long NO_TRANSLATION = bit(16);

  private static final EntryFormat.Flag[] COMMON_FLAGS = {
    any(VALID, "V"), leaf(bit(10), "AF"), leaf(bit(51), "DBM"), leaf(bit(52), "CONT")
  };

  /** The size of the smallest page, and of a table. */
  public enum Granule {
    /** 4 KiB. */
    KIB_4(12),
    /** 16 KiB. */
    KIB_16(14),
    /** 64 KiB. */
    KIB_64(16);

    private final int shift;

    Granule(int shift) {
      this.shift = shift;
    }

    /** log2 of the granule. */
    public int shift() {
      return shift;
    }

    /** How many address bits a full table translates. */
    int tableBits() {
      return shift - 3;
    }

    /** The lowest input-address bit that {@code level} (-1..3) indexes. */
    public int shiftOf(int level) {
      return shift + (3 - level) * tableBits();
    }

    @Override
    public String toString() {
      return (1 << (shift - 10)) + "K";
    }
  }

  /** How output addresses wider than 48 bits are written into entries. */
  public enum OutputSize {
    /** 48 bits. */
    BITS_48,
    /** 52 bits with the 64 KiB granule: bits 15:12 are address bits 51:48 (FEAT_LPA). */
    LPA,
    /** 52 bits with the other granules: bits 9:8 are address bits 51:50 (FEAT_LPA2). */
    LPA2
  }

  private ArmModes() {}

  /**
   * Stage 1 of EL1&amp;0 (or EL2&amp;0).
   *
   * @param inputBits 64 - TCR.TxSZ, 16..52
   * @param input {@link InputRule#ZERO_EXTENDED} for TTBR0, {@link InputRule#ONES_EXTENDED} for
   *     TTBR1
   */
  public static PagingMode stage1(
      Granule granule, int inputBits, InputRule input, OutputSize output) {
    int start = 3 - (inputBits - granule.shift() - 1) / granule.tableBits();
    return new PagingMode(
        "AArch64 stage 1 " + granule + " " + inputBits + "-bit",
        Architecture.AARCH64,
        Stage.FIRST,
        input,
        levels(granule, inputBits, start, output),
        stage1Entries(granule, output),
        rootMask(granule, inputBits, start, output));
  }

  /**
   * Stage 2.
   *
   * @param inputBits 64 - VTCR_EL2.T0SZ: the width of the intermediate physical address
   * @param startLevel from VTCR_EL2.SL0, -1..3; up to 16 tables of it may be concatenated, which is
   *     so when {@code inputBits} is more than they translate from this level
   */
  public static PagingMode stage2(
      Granule granule, int inputBits, int startLevel, OutputSize output) {
    return new PagingMode(
        "AArch64 stage 2 " + granule + " " + inputBits + "-bit",
        Architecture.AARCH64,
        Stage.SECOND,
        InputRule.ZERO_EXTENDED,
        levels(granule, inputBits, startLevel, output),
        stage2Entries(granule, output),
        rootMask(granule, inputBits, startLevel, output));
  }

  /**
   * A root is aligned to its size, which may be less or more than a granule, and to 64 bytes where
   * output addresses may have 52 bits (D8.2.5).
   */
  private static long rootMask(Granule granule, int inputBits, int startLevel, OutputSize output) {
    int least = output == OutputSize.BITS_48 ? 4 : 6;
    int rootShift = Math.max(least, inputBits - granule.shiftOf(startLevel) + 3);
    return range(47, rootShift);
  }

  private static List<Level> levels(
      Granule granule, int inputBits, int startLevel, OutputSize output) {
    List<Level> levels = new ArrayList<>();
    for (int level = startLevel; level <= 3; level++) {
      int shift = granule.shiftOf(level);
      int indexBits = level == startLevel ? inputBits - shift : granule.tableBits();
      boolean leafAllowed = level == 3 || level >= highestBlock(granule, output);
      AddressField tableAddress = address(granule.shift(), output);
      AddressField leafAddress = address(shift, output);
      levels.add(
          new Level(
              "L" + level,
              shift,
              indexBits,
              leafAllowed,
              leafAddress,
              reserved(output, 51) | (range(granule.shift() - 1, 12) & ~tableAddress.bits()),
              reserved(output, 49) | (range(shift - 1, 12) & ~leafAddress.bits() & ~NO_TRANSLATION),
              true));
    }
    return levels;
  }

  /** The highest level that may hold blocks (table D8-16). */
  private static int highestBlock(Granule granule, OutputSize output) {
    return switch (granule) {
      case KIB_4 -> output == OutputSize.LPA2 ? 0 : 1;
      case KIB_16 -> output == OutputSize.LPA2 ? 1 : 2;
      case KIB_64 -> output == OutputSize.LPA ? 1 : 2;
    };
  }

  private static AddressField address(int lowestBit, OutputSize output) {
    return switch (output) {
      case BITS_48 -> AddressField.of(range(47, lowestBit));
      case LPA -> new AddressField(range(47, lowestBit), 0, range(15, 12), 36);
      case LPA2 -> new AddressField(range(49, lowestBit), 0, range(9, 8), 42);
    };
  }

  /** Without wide output addresses the bits above 47 are zero; up to {@code highest} here. */
  private static long reserved(OutputSize output, int highest) {
    return output == OutputSize.BITS_48 ? range(highest, 48) : 0;
  }

  private static EntryFormat stage1Entries(Granule granule, OutputSize output) {
    return new EntryFormat(
        8,
        VALID,
        TABLE_OR_PAGE,
        false,
        TABLE_OR_PAGE,
        address(granule.shift(), output),
        ForbiddenValues.NONE,
        ForbiddenValues.NONE,
        Grant.ALWAYS,
        new Grant(bit(7), 0, bit(62), 0),
        new Grant(bit(53), 0, bit(59), 0),
        new Grant(bit(6), bit(6), bit(61), 0),
        new Grant(bit(54), 0, bit(60), 0),
        flags(
            leaf(bit(6), "EL0"),
            leaf(bit(7), "RO"),
            leaf(bit(11), "nG"),
            leaf(bit(53), "PXN"),
            leaf(bit(54), "UXN"),
            table(bit(59), "PXNTable"),
            table(bit(60), "UXNTable"),
            table(bit(61), "APTable0"),
            table(bit(62), "APTable1")),
        -1);
  }

  private static EntryFormat stage2Entries(Granule granule, OutputSize output) {
    Grant execute = new Grant(bit(54), 0, 0, 0);
    return new EntryFormat(
        8,
        VALID,
        TABLE_OR_PAGE,
        false,
        TABLE_OR_PAGE,
        address(granule.shift(), output),
        ForbiddenValues.NONE,
        ForbiddenValues.NONE,
        Grant.whenLeafSet(bit(6)),
        Grant.whenLeafSet(bit(7)),
        execute,
        Grant.ALWAYS,
        execute,
        flags(leaf(bit(6), "R"), leaf(bit(7), "W"), leaf(bit(54), "XN")),
        -1);
  }

  private static List<EntryFormat.Flag> flags(EntryFormat.Flag... more) {
    List<EntryFormat.Flag> flags = new ArrayList<>(List.of(COMMON_FLAGS));
    flags.addAll(List.of(more));
    return List.copyOf(flags);
  }
}
