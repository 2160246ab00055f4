package io.nestwalk.paging;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;
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
    PagingMode mode = X86Modes.fourLevel(52);
    Stream.of(
            new PagingMode(
                "other",
                mode.architecture(),
                mode.stage(),
                mode.input(),
                mode.levels(),
                mode.entry(),
                mode.rootMask()),
            new PagingMode(
                mode.name(),
                mode.architecture(),
                PagingMode.Stage.SECOND,
                mode.input(),
                mode.levels(),
                mode.entry(),
                mode.rootMask()),
            new PagingMode(
                mode.name(),
                mode.architecture(),
                mode.stage(),
                mode.input(),
                mode.levels().subList(1, 4),
                mode.entry(),
                mode.rootMask()),
            new PagingMode(
                mode.name(),
                mode.architecture(),
                mode.stage(),
                mode.input(),
                mode.levels(),
                mode.entry(),
                mode.rootMask() + 1))
        .forEach(other -> assertThat(other).isNotEqualTo(mode));
    assertThat(mode)
        .isEqualTo(
            new PagingMode(
                mode.name(),
                mode.architecture(),
                mode.stage(),
                mode.input(),
                mode.levels(),
                mode.entry(),
                mode.rootMask()));
  }
}
