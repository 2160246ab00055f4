package io.nestwalk.roots;

import io.nestwalk.image.Architecture;
import io.nestwalk.image.Registers;
import io.nestwalk.paging.ArmModes;
import io.nestwalk.paging.ArmModes.Granule;
import io.nestwalk.paging.ArmModes.OutputSize;
import io.nestwalk.paging.InputRule;
import io.nestwalk.paging.PagingMode;
import io.nestwalk.paging.RiscvModes;
import io.nestwalk.paging.X86Modes;
import java.util.List;

/** Which first-stage mode an x86 processor is in: Intel SDM volume 3A, 5.1.1. */
public final class FirstStageModes {

  private static final long CR4_PSE = 1L << 4;
  private static final long CR4_PAE = 1L << 5;
  private static final long CR4_LA57 = 1L << 12;
  private static final long EFER_LMA = 1L << 10;

  /** The widths of virtual addresses that Linux, Windows and the BSDs are built with. */
  private static final List<PagingMode> ARM =
      List.of(
          arm(Granule.KIB_4, 52, OutputSize.LPA2),
          arm(Granule.KIB_4, 48, OutputSize.BITS_48),
          arm(Granule.KIB_16, 52, OutputSize.LPA2),
          arm(Granule.KIB_16, 48, OutputSize.BITS_48),
          arm(Granule.KIB_4, 39, OutputSize.BITS_48),
          arm(Granule.KIB_16, 47, OutputSize.BITS_48),
          arm(Granule.KIB_64, 52, OutputSize.LPA),
          arm(Granule.KIB_64, 48, OutputSize.BITS_48),
          arm(Granule.KIB_16, 36, OutputSize.BITS_48),
          arm(Granule.KIB_64, 42, OutputSize.BITS_48));

  private FirstStageModes() {}

  /**
   * The modes that fit the registers, the likeliest first. Without CR4 both depths of long mode are
   * tried, the deeper one first: five levels read as four look well-formed, four as five do not.
   */
  public static List<PagingMode> of(
      Architecture architecture, Registers registers, int physicalBits) {
    long cr4 = registers.get("cr4", CR4_PAE);
    if ((cr4 & CR4_PAE) == 0) {
      return List.of(X86Modes.twoLevel((cr4 & CR4_PSE) != 0));
    }
    boolean longMode =
        registers.get("efer").isPresent()
            ? (registers.get("efer", 0) & EFER_LMA) != 0
            : architecture == Architecture.X86_64;
    if (!longMode) {
      return List.of(X86Modes.pae(physicalBits));
    }
    if (registers.get("cr4").isEmpty()) {
      return longModes(physicalBits);
    }
    return List.of(
        (cr4 & CR4_LA57) != 0
            ? X86Modes.fiveLevel(physicalBits)
            : X86Modes.fourLevel(physicalBits));
  }

  /**
   * The modes that roots are looked for in by structure, those with more levels first, because
   * their lower tables may pass for roots of the others.
   */
  public static List<PagingMode> forStructure(Architecture architecture, int physicalBits) {
    return switch (architecture) {
      case X86 -> List.of(X86Modes.pae(physicalBits), X86Modes.twoLevel(true));
      case X86_64 -> longModes(physicalBits);
      case AARCH64 -> ARM;
      case RISCV64 -> List.of(RiscvModes.sv(5), RiscvModes.sv(4), RiscvModes.sv(3));
    };
  }

  private static PagingMode arm(Granule granule, int inputBits, OutputSize output) {
    return ArmModes.stage1(granule, inputBits, InputRule.ZERO_EXTENDED, output);
  }

  /** The mode that most systems of an architecture run in, for tables of which nothing is known. */
  public static PagingMode commonest(Architecture architecture) {
    return switch (architecture) {
      case X86 -> X86Modes.pae(X86Modes.MAX_PHYSICAL_BITS);
      case X86_64 -> X86Modes.fourLevel(X86Modes.MAX_PHYSICAL_BITS);
      case AARCH64 -> arm(Granule.KIB_4, 48, OutputSize.BITS_48);
      case RISCV64 -> RiscvModes.sv(3);
    };
  }

  /** An ARM mode as TTBR1 uses it: for the half of the addresses whose high bits are ones. */
  static PagingMode kernelHalf(PagingMode mode) {
    return new PagingMode(
        mode.name(),
        mode.architecture(),
        mode.stage(),
        InputRule.ONES_EXTENDED,
        mode.levels(),
        mode.entry(),
        mode.rootMask());
  }

  /** Both depths of long mode, the deeper one first. */
  public static List<PagingMode> longModes(int physicalBits) {
    return List.of(X86Modes.fiveLevel(physicalBits), X86Modes.fourLevel(physicalBits));
  }
}
