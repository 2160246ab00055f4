package io.nestwalk.image.qemu;

import io.nestwalk.image.Architecture;
import io.nestwalk.image.Cpu;
import io.nestwalk.image.Registers;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The section {@code cpu} of a RISC-V machine (QEMU's target/riscv/machine.c). A hart that runs a
 * guest has the guest's registers in {@code satp} and its like, and the hypervisor's in {@code
 * satp_hs}; {@code hgatp} locates the guest stage.
 */
final class RiscvCpu {

  private static final int REGISTERS = 32;

  /** MXL of misa for a machine of 32 bits. */
  private static final long MXL_32 = 1;

  /** Control registers, by QEMU's names without "env.". */
  private static final List<String> CONTROL =
      List.of(
          "priv",
          "virt_enabled",
          "mstatus",
          "satp",
          "stvec",
          "sepc",
          "scause",
          "stval",
          "sscratch",
          "medeleg",
          "mideleg",
          "hstatus",
          "hedeleg",
          "hideleg",
          "hgatp",
          "vsstatus",
          "vstvec",
          "vsscratch",
          "vsepc",
          "vscause",
          "vsatp",
          "stvec_hs",
          "sepc_hs",
          "satp_hs");

  private RiscvCpu() {}

  static boolean describes(Section section) {
    return section.fields().stream().anyMatch(field -> field.name().equals("env.gpr"));
  }

  /** Whether the CPU is one of 32 bits. */
  static boolean isNarrow(DeviceState state) {
    return state.get("env.misa_mxl", 0) == MXL_32;
  }

  static Cpu read(int id, DeviceState state) {
    Map<String, Long> values = new LinkedHashMap<>();
    put(values, "pc", state, "env.pc");
    for (int i = 1; i < REGISTERS; i++) { // x0 is always 0
      put(values, "x" + i, state, "env.gpr[%d]".formatted(i));
    }
    for (String register : CONTROL) {
      put(values, register, state, "env." + register);
    }
    return new Cpu(id, Architecture.RISCV64, new Registers(values));
  }

  private static void put(
      Map<String, Long> values, String register, DeviceState state, String field) {
    if (state.has(field)) {
      values.put(register, state.get(field, 0));
    }
  }
}
