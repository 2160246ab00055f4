package io.nestwalk.control;

import io.nestwalk.image.Architecture;
import io.nestwalk.paging.PagingMode;
import io.nestwalk.roots.ArmControl;
import io.nestwalk.roots.RiscvControl;
import java.util.Set;

/**
 * Which registers of a CPU are control registers, and what their values say. Sources: Arm
 * Architecture Reference Manual, D24.2; RISC-V Privileged Architecture.
 */
final class RegisterMeanings {

  private static final Set<String> NAMES =
      Set.of(
          "cr0",
          "cr2",
          "cr3",
          "cr4",
          "efer",
          "rflags",
          "pat",
          "vm_hsave_pa",
          "vmcb",
          "nested_cr3",
          "pstate",
          "ttbr0_el1",
          "ttbr1_el1",
          "tcr_el1",
          "sctlr_el1",
          "vbar_el1",
          "mair_el1",
          "ttbr0_el2",
          "ttbr1_el2",
          "tcr_el2",
          "sctlr_el2",
          "vbar_el2",
          "hcr_el2",
          "vtcr_el2",
          "vttbr_el2",
          "satp",
          "vsatp",
          "hgatp",
          "sstatus",
          "vsstatus",
          "hstatus",
          "stvec",
          "vstvec",
          "hedeleg",
          "hideleg");

  private static final BitNames HCR =
      BitNames.of(
          "0 VM,1 SWIO,2 PTW,3 FMO,4 IMO,5 AMO,6 VF,7 VI,8 VSE,9 FB,12 DC,13 TWI,14 TWE,15 TID0,16"
              + " TID1,17 TID2,18 TID3,19 TSC,20 TIDCP,21 TACR,22 TSW,23 TPCP,24 TPU,25 TTLB,26"
              + " TVM,27 TGE,28 TDZ,29 HCD,30 TRVM,31 RW,32 CD,33 ID,34 E2H,35 TLOR,36 TERR,37"
              + " TEA,40 APK,41 API,42 NV,43 NV1,44 AT,45 NV2,46 FWB,47 FIEN");
  private static final BitNames SCTLR = BitNames.of("0 M,1 A,2 C,3 SA,12 I,19 WXN,25 EE,26 UCI");
  private static final int VMID_SHIFT = 48;
  private static final long BADDR = 0x0000_ffff_ffff_fffeL;

  private RegisterMeanings() {}

  static boolean isControl(String name) {
    return NAMES.contains(name);
  }

  static String of(Architecture architecture, String name, long value) {
    return switch (name) {
      case "hcr_el2" -> HCR.in(value);
      case "sctlr_el1", "sctlr_el2" -> SCTLR.in(value);
      case "vtcr_el2" ->
          ArmControl.stage2(value)
              .map(mode -> "%s, %d bits of input".formatted(mode.name(), mode.inputBits()))
              .orElse("no mode that a processor takes");
      case "vttbr_el2" -> "root 0x%x, VMID %d".formatted(value & BADDR, value >>> VMID_SHIFT);
      case "ttbr0_el1", "ttbr1_el1", "ttbr0_el2", "ttbr1_el2" ->
          "root 0x%x, ASID %d".formatted(value & BADDR, value >>> VMID_SHIFT);
      case "hgatp" ->
          RiscvControl.guestStage(value).map(PagingMode::name).orElse("Bare")
              + ", root 0x%x, VMID %d"
                  .formatted(RiscvControl.root(value), RiscvControl.virtualMachine(value));
      case "satp", "vsatp" -> value == 0 ? "Bare" : "root 0x%x".formatted(RiscvControl.root(value));
      case "pstate" ->
          architecture == Architecture.AARCH64 ? "EL%d".formatted(value >>> 2 & 3) : "";
      default -> X86Meanings.ofRegister(name, value);
    };
  }
}
