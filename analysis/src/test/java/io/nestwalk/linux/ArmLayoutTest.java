package io.nestwalk.linux;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.OptionalInt;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

/** Layouts of arch/arm64/include/asm/memory.h, as of the versions that are named. */
class ArmLayoutTest {

  private static final long START = 0x4000_0000L;
  private static final OptionalLong UNKNOWN = OptionalLong.empty();

  private static ArmLayout of(String version, int bits, int page, long offset, OptionalLong start) {
    return ArmLayout.of(version, bits, page, OptionalLong.of(offset - START), start);
  }

  @Test
  void theKernelsOwnWordTellsWhatItWasConfiguredFor() {
    ArmLayout certain = new ArmLayout(OptionalInt.of(48), OptionalLong.of(START));
    assertThat(of("6.12.1", 48, 12, -1L << 48, certain.physicalOffset())).isEqualTo(certain);
    assertThat(of("4.19.0", 48, 12, -1L << 47, certain.physicalOffset())).isEqualTo(certain);
    assertThat(of("6.12.1", 48, 12, -1L << 52, certain.physicalOffset()))
        .isEqualTo(new ArmLayout(OptionalInt.of(52), OptionalLong.of(START)));
    assertThat(of("6.12.1", 47, 14, -1L << 52, certain.physicalOffset()))
        .isEqualTo(new ArmLayout(OptionalInt.of(52), OptionalLong.of(START)));
  }

  @Test
  void whatIsNotCertainIsLeftOut() {
    ArmLayout none = new ArmLayout(OptionalInt.empty(), OptionalLong.empty());
    assertThat(of("6.12.48-arm64", 48, 12, -1L << 48, UNKNOWN)).isEqualTo(none);
    assertThat(of("5.10.0", 48, 16, -1L << 48, UNKNOWN)).isEqualTo(none);
    assertThat(of("", 48, 12, -1L << 48, UNKNOWN)).isEqualTo(none);
    assertThat(of("4.19.0", 48, 12, -1L << 47, UNKNOWN))
        .isEqualTo(new ArmLayout(OptionalInt.of(48), OptionalLong.empty()));
    assertThat(of("5.10.0", 48, 12, -1L << 48, UNKNOWN))
        .isEqualTo(new ArmLayout(OptionalInt.of(48), OptionalLong.of(START)));
    assertThat(of("6.12.0", 39, 12, -1L << 39, UNKNOWN))
        .isEqualTo(new ArmLayout(OptionalInt.of(39), OptionalLong.of(START)));
    // A word that is none.
    assertThat(of("5.10.0", 48, 12, -1L << 48, OptionalLong.of(77)))
        .isEqualTo(new ArmLayout(OptionalInt.of(48), OptionalLong.of(START)));
  }
}
