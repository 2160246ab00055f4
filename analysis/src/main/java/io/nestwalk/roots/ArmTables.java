package io.nestwalk.roots;

import io.nestwalk.image.Registers;
import io.nestwalk.paging.InputRule;
import io.nestwalk.paging.PagingMode;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Stream;

/**
 * First-stage tables that registers of an AArch64 CPU name.
 *
 * @param register TTBR0_EL1, TTBR1_EL1 or those of EL2, in lower case
 * @param value what it holds: the root, and an address-space identifier in bits 63:48
 * @param mode the tables' mode by the TCR of the same level
 */
record ArmTables(String register, long value, PagingMode mode) {

  /** The tables that the CPU translates its own addresses with, those of the lower half first. */
  static List<ArmTables> current(Registers registers) {
    return of(registers, ArmControl.runsOnEl2Tables(registers) ? "el2" : "el1");
  }

  /** The tables of a host whose kernel runs in EL2; its registers stay while a guest runs. */
  static List<ArmTables> hostInEl2(Registers registers) {
    return ArmControl.hostInEl2(registers) ? of(registers, "el2") : List.of();
  }

  private static List<ArmTables> of(Registers registers, String level) {
    OptionalLong control = registers.get("tcr_" + level);
    if (control.isEmpty()) {
      return List.of();
    }
    long tcr = control.getAsLong();
    return Stream.of(
            named(registers, "ttbr0_" + level, ArmControl.lowerHalf(tcr)),
            named(registers, "ttbr1_" + level, ArmControl.upperHalf(tcr)))
        .flatMap(Optional::stream)
        .toList();
  }

  private static Optional<ArmTables> named(
      Registers registers, String register, Optional<PagingMode> mode) {
    return registers.get(register).isEmpty()
        ? Optional.empty()
        : mode.map(form -> new ArmTables(register, registers.get(register, 0), form));
  }

  /** Whether an address belongs to the half that these tables translate. */
  boolean covers(long address) {
    return address < 0 == (mode.input() == InputRule.ONES_EXTENDED);
  }

  /** The root table's address. */
  long root() {
    return mode.rootOf(value);
  }

  String describe(String what) {
    return "%s of %s is 0x%x".formatted(register, what, value);
  }
}
