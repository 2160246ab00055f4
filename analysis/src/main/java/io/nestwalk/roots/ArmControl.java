package io.nestwalk.roots;

import static io.nestwalk.image.RegisterNames.HCR_EL2;

import io.nestwalk.image.Registers;
import io.nestwalk.paging.ArmModes;
import io.nestwalk.paging.ArmModes.Granule;
import io.nestwalk.paging.ArmModes.OutputSize;
import io.nestwalk.paging.InputRule;
import io.nestwalk.paging.PagingMode;
import java.util.List;
import java.util.Optional;

/**
 * What AArch64's control registers say of the tables that TTBRs and VTTBR_EL2 name: Arm
 * Architecture Reference Manual, D24.2, TCR_EL1, VTCR_EL2, HCR_EL2. Values that no processor takes
 * give no mode.
 */
public final class ArmControl {

  private static final long HCR_VM = 1;
  private static final long HCR_TGE = 1L << 27;
  private static final long HCR_E2H = 1L << 34;

  /** PSTATE.M as an exception level. */
  private static final int EL_SHIFT = 2;

  private static final long TCR_DS = 1L << 59;
  private static final long VTCR_DS = 1L << 32;
  private static final long VTCR_SL2 = 1L << 33;

  /** The output size of 52 bits in TCR.IPS and VTCR.PS. */
  private static final int SIZE_52 = 6;

  private static final int MIN_INPUT_BITS = 16;
  private static final int MAX_INPUT_BITS = 52;

  /** Up to 16 tables of the start level may stand side by side. */
  private static final int MAX_CONCATENATED_BITS = 4;

  private static final List<Granule> TG0 = List.of(Granule.KIB_4, Granule.KIB_64, Granule.KIB_16);
  private static final List<Granule> TG1 = List.of(Granule.KIB_16, Granule.KIB_4, Granule.KIB_64);

  private ArmControl() {}

  /**
   * Whether stage 2 is on and the CPU is below the hypervisor: HCR_EL2.VM, and not in EL2 or in the
   * processes of a host that runs there (TGE).
   */
  static boolean insideGuest(Registers registers) {
    long hcr = registers.get(HCR_EL2, 0);
    return (hcr & HCR_VM) != 0 && (hcr & HCR_TGE) == 0 && exceptionLevel(registers) < 2;
  }

  /** Whether the host's kernel runs in EL2, with two halves of addresses there (HCR_EL2.E2H). */
  static boolean hostInEl2(Registers registers) {
    return (registers.get(HCR_EL2, 0) & HCR_E2H) != 0;
  }

  /** Whether what runs uses the tables of EL2&amp;0, not those of EL1&amp;0. */
  static boolean runsOnEl2Tables(Registers registers) {
    return hostInEl2(registers)
        && (exceptionLevel(registers) == 2 || (registers.get(HCR_EL2, 0) & HCR_TGE) != 0);
  }

  private static long exceptionLevel(Registers registers) {
    return registers.get("pstate", 0) >>> EL_SHIFT & 3;
  }

  /** The mode of TTBR0's tables under a TCR of two halves. */
  static Optional<PagingMode> lowerHalf(long tcr) {
    return stage1(tcr, TG0, bits(tcr, 15, 14), bits(tcr, 5, 0), InputRule.ZERO_EXTENDED);
  }

  /** The mode of TTBR1's tables under a TCR of two halves. */
  static Optional<PagingMode> upperHalf(long tcr) {
    return stage1(tcr, TG1, bits(tcr, 31, 30) - 1, bits(tcr, 21, 16), InputRule.ONES_EXTENDED);
  }

  private static Optional<PagingMode> stage1(
      long tcr, List<Granule> granules, int granule, int size, InputRule input) {
    int inputBits = Long.SIZE - size;
    if (granule < 0 || granule >= granules.size() || !isWidth(inputBits, granules.get(granule))) {
      return Optional.empty();
    }
    OutputSize output =
        output(granules.get(granule), (tcr & TCR_DS) != 0, bits(tcr, 34, 32), inputBits);
    return Optional.of(ArmModes.stage1(granules.get(granule), inputBits, input, output));
  }

  /** The mode of VTTBR_EL2's tables under a VTCR_EL2. */
  public static Optional<PagingMode> stage2(long vtcr) {
    int granuleIndex = bits(vtcr, 15, 14);
    if (granuleIndex >= TG0.size()) {
      return Optional.empty();
    }
    Granule granule = TG0.get(granuleIndex);
    int inputBits = Long.SIZE - bits(vtcr, 5, 0);
    int start = startLevel(granule, bits(vtcr, 7, 6), (vtcr & VTCR_SL2) != 0);
    int indexBits = inputBits - granule.shiftOf(start);
    if (!isWidth(inputBits, granule)
        || indexBits < 1
        || indexBits > granule.shift() - 3 + MAX_CONCATENATED_BITS) {
      return Optional.empty();
    }
    OutputSize output = output(granule, (vtcr & VTCR_DS) != 0, bits(vtcr, 18, 16), inputBits);
    return Optional.of(ArmModes.stage2(granule, inputBits, start, output));
  }

  /** VTCR_EL2.SL0 counts from the last level but one with 4 KiB granules, else from the last. */
  private static int startLevel(Granule granule, int sl0, boolean sl2) {
    if (granule != Granule.KIB_4) {
      return 3 - sl0;
    }
    if (sl0 == 3) {
      return 3;
    }
    return sl2 ? -1 : 2 - sl0;
  }

  private static boolean isWidth(int inputBits, Granule granule) {
    return inputBits >= Math.max(MIN_INPUT_BITS, granule.shift() + 1)
        && inputBits <= MAX_INPUT_BITS;
  }

  private static OutputSize output(Granule granule, boolean lpa2, int size, int inputBits) {
    if (granule == Granule.KIB_64) {
      return size == SIZE_52 || inputBits > 48 ? OutputSize.LPA : OutputSize.BITS_48;
    }
    return lpa2 ? OutputSize.LPA2 : OutputSize.BITS_48;
  }

  private static int bits(long value, int high, int low) {
    return (int) (value >>> low) & ((1 << (high - low + 1)) - 1);
  }
}
