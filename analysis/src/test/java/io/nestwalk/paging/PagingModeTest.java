package io.nestwalk.paging;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

class PagingModeTest {

  private static final List<Supplier<PagingMode>> MODES =
      List.of(
          () -> X86Modes.fourLevel(48),
          () -> X86Modes.fourLevel(52),
          () -> X86Modes.fiveLevel(48),
          () -> X86Modes.fiveLevel(52),
          () -> X86Modes.nestedLong(4, 48),
          () -> EptModes.of(4, 48),
          () -> EptModes.of(5, 48));

  @Test
  void modesAreEqualWhenAllOfThemIs() {
    for (Supplier<PagingMode> one : MODES) {
      assertThat(one.get()).isEqualTo(one.get()).hasSameHashCodeAs(one.get());
      assertThat(MODES.stream().filter(other -> other.get().equals(one.get()))).containsOnly(one);
    }
  }

  @Test
  void modesDifferWhereAnyPartDoes() {
    PagingMode mode = X86Modes.fourLevel(52);
    PagingMode other = RiscvModes.sv(4);
    assertThat(mixed(mode, other, -1)).isEqualTo(mode);
    for (int part = 0; part < 7; part++) {
      assertThat(mixed(mode, other, part)).as("part %d", part).isNotEqualTo(mode);
    }
  }

  /** A mode with one part of another. */
  private static PagingMode mixed(PagingMode mode, PagingMode other, int part) {
    return new PagingMode(
        (part == 0 ? other : mode).name(),
        (part == 1 ? other : mode).architecture(),
        part == 2 ? PagingMode.Stage.SECOND : mode.stage(),
        part == 3 ? InputRule.ZERO_EXTENDED : mode.input(),
        (part == 4 ? other : mode).levels(),
        (part == 5 ? other : mode).entry(),
        (part == 6 ? other : mode).rootMask());
  }
}
