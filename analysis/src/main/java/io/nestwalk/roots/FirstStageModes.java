package io.nestwalk.roots;

import io.nestwalk.image.Architecture;
import io.nestwalk.image.Registers;
import io.nestwalk.paging.PagingMode;
import io.nestwalk.paging.X86Modes;
import java.util.List;

/** Which first-stage mode an x86 processor is in: Intel SDM volume 3A, 5.1.1. */
public final class FirstStageModes {

  private static final long CR4_PSE = 1L << 4;
  private static final long CR4_PAE = 1L << 5;
  private static final long CR4_LA57 = 1L << 12;
  private static final long EFER_LMA = 1L << 10;

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

  /** Both depths of long mode, the deeper one first. */
  public static List<PagingMode> longModes(int physicalBits) {
    return List.of(X86Modes.fiveLevel(physicalBits), X86Modes.fourLevel(physicalBits));
  }
}
