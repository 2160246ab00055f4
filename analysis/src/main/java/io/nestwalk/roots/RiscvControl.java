package io.nestwalk.roots;

import io.nestwalk.paging.PagingMode;
import io.nestwalk.paging.RiscvModes;
import java.util.List;
import java.util.Optional;

/**
 * What satp and hgatp say: RISC-V Privileged Architecture, "Supervisor Address Translation and
 * Protection" and "Hypervisor Guest Address Translation and Protection". MODE in bits 63:60, the
 * root's page number in bits 43:0, between them an address-space or virtual-machine identifier.
 */
public final class RiscvControl {

  private static final int MODE_SHIFT = 60;

  /** MODE of Sv39 and Sv39x4; the deeper ones follow. */
  private static final int SV39 = 8;

  private static final int SV39_LEVELS = 3;
  private static final int DEEPEST = 5;
  private static final long PAGE_NUMBER = (1L << 44) - 1;
  private static final int PAGE_SHIFT = 12;
  private static final int VMID_SHIFT = 44;
  private static final long VMID = (1L << 14) - 1;

  private RiscvControl() {}

  /** The modes of guest stages, the deepest first. */
  public static List<PagingMode> guestStages() {
    return List.of(RiscvModes.svX4(5), RiscvModes.svX4(4), RiscvModes.svX4(3));
  }

  /** The mode that an hgatp names; empty for Bare and what is reserved. */
  public static Optional<PagingMode> guestStage(long hgatp) {
    int levels = levels(hgatp);
    return levels == 0 ? Optional.empty() : Optional.of(RiscvModes.svX4(levels));
  }

  /** The mode that a satp or vsatp names; empty for Bare and what is reserved. */
  static Optional<PagingMode> firstStage(long satp) {
    int levels = levels(satp);
    return levels == 0 ? Optional.empty() : Optional.of(RiscvModes.sv(levels));
  }

  private static int levels(long register) {
    int levels = (int) (register >>> MODE_SHIFT) - SV39 + SV39_LEVELS;
    return levels >= SV39_LEVELS && levels <= DEEPEST ? levels : 0;
  }

  /** The root's address. */
  public static long root(long register) {
    return (register & PAGE_NUMBER) << PAGE_SHIFT;
  }

  /** The identifier of the virtual machine in an hgatp. */
  public static long virtualMachine(long hgatp) {
    return hgatp >>> VMID_SHIFT & VMID;
  }
}
