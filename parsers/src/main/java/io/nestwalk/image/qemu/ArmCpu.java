package io.nestwalk.image.qemu;

import io.nestwalk.image.Architecture;
import io.nestwalk.image.Cpu;
import io.nestwalk.image.ImageException;
import io.nestwalk.image.PiecedFile;
import io.nestwalk.image.Registers;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The section {@code cpu} of a 64-bit ARM machine (QEMU's target/arm/machine.c): general registers
 * by field, system registers as a list of (number, value), numbered as KVM does it
 * (arch/arm64/include/uapi/asm/kvm.h).
 */
final class ArmCpu {

  private static final String NUMBERS = "cpreg_vmstate_indexes";
  private static final String VALUES = "cpreg_vmstate_values";

  /** A real CPU has some hundreds. */
  private static final int MAX_SYSTEM_REGISTERS = 4096;

  private static final Map<Long, String> SYSTEM_REGISTERS = systemRegisters();

  private static final int PSTATE_AARCH32 = 1 << 4;
  private static final int PSTATE_MODE = 0xf;
  private static final int MODE_USER = 0;

  private ArmCpu() {}

  static boolean describes(Section section) {
    return section.fields().stream().anyMatch(field -> field.name().equals("env.xregs"));
  }

  static Cpu read(int id, DeviceState state, PiecedFile stream) throws ImageException {
    Map<String, Long> values = new LinkedHashMap<>();
    for (int i = 0; i < 31; i++) {
      put(values, "x" + i, state, "env.xregs[%d]".formatted(i));
    }
    put(values, "sp", state, "env.xregs[31]");
    put(values, "pc", state, "env.pc");
    put(values, "pstate", state, "cpsr"); // the field's name; in AArch64 it holds PSTATE
    for (Map.Entry<Long, Long> register : systemRegisters(state, stream).entrySet()) {
      String name = SYSTEM_REGISTERS.get(register.getKey());
      if (name != null) {
        values.putIfAbsent(name, register.getValue());
      }
    }
    return new Cpu(id, Architecture.AARCH64, new Registers(values));
  }

  /**
   * Whether the CPU runs a 32-bit kernel. QEMU writes the section of any ARM CPU in the same form;
   * one without AArch64 lacks the ID registers of that state, and PSTATE tells the state it is in.
   */
  static boolean isNarrow(DeviceState state, PiecedFile stream) throws ImageException {
    long pstate = state.get("cpsr", 0);
    if ((pstate & PSTATE_AARCH32) == 0) {
      return false;
    }
    boolean isUser = (pstate & PSTATE_MODE) == MODE_USER;
    return !isUser
        || systemRegisters(state, stream).keySet().stream().noneMatch(ArmCpu::isIdOfAarch64);
  }

  /** ID_AA64PFR0_EL1 to the last place that is kept for such registers. */
  private static boolean isIdOfAarch64(long number) {
    return number >= number(3, 0, 0, 4, 0) && number <= number(3, 0, 0, 7, 7);
  }

  /** The system registers by their numbers, in the order of the stream; first of several. */
  private static Map<Long, Long> systemRegisters(DeviceState state, PiecedFile stream)
      throws ImageException {
    Long numbers = state.places().get(NUMBERS);
    Long contents = state.places().get(VALUES);
    if (numbers == null || contents == null) {
      return Map.of();
    }
    long count =
        Math.min(
            MAX_SYSTEM_REGISTERS,
            Math.min(Math.abs(contents - numbers), stream.length() - contents) / Long.BYTES);
    Map<Long, Long> registers = new LinkedHashMap<>();
    StreamReader names = new StreamReader(stream, numbers);
    StreamReader reader = new StreamReader(stream, contents);
    for (long i = 0; i < count; i++) {
      registers.putIfAbsent(names.readLong(), reader.readLong());
    }
    return registers;
  }

  private static void put(
      Map<String, Long> values, String register, DeviceState state, String field) {
    if (state.has(field)) {
      values.put(register, state.get(field, 0));
    }
  }

  private static Map<Long, String> systemRegisters() {
    Map<Long, String> registers = new LinkedHashMap<>();
    registers.put(number(3, 0, 1, 0, 0), "sctlr_el1");
    registers.put(number(3, 0, 2, 0, 0), "ttbr0_el1");
    registers.put(number(3, 0, 2, 0, 1), "ttbr1_el1");
    registers.put(number(3, 0, 2, 0, 2), "tcr_el1");
    registers.put(number(3, 4, 1, 0, 0), "sctlr_el2");
    registers.put(number(3, 4, 1, 1, 0), "hcr_el2");
    registers.put(number(3, 4, 2, 0, 0), "ttbr0_el2");
    registers.put(number(3, 4, 2, 0, 1), "ttbr1_el2");
    registers.put(number(3, 4, 2, 0, 2), "tcr_el2");
    registers.put(number(3, 4, 2, 1, 0), "vttbr_el2");
    registers.put(number(3, 4, 2, 1, 2), "vtcr_el2");
    return registers;
  }

  /** KVM_REG_ARM64 | KVM_REG_SIZE_U64 | KVM_REG_ARM64_SYSREG and the five parts of the name. */
  private static long number(int op0, int op1, int crn, int crm, int op2) {
    return 0x6030_0000_0013_0000L | op0 << 14 | op1 << 11 | crn << 7 | crm << 3 | op2;
  }
}
