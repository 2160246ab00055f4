package io.nestwalk.paging;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class InputRuleTest {

  @Test
  void signExtendedAddressesHaveTwoHalvesAndAHole() {
    InputRule rule = InputRule.SIGN_EXTENDED;
    assertThat(rule.accepts(0x7fff_ffff_ffffL, 48)).isTrue();
    assertThat(rule.accepts(0x8000_0000_0000L, 48)).isFalse();
    assertThat(rule.accepts(0xffff_7fff_ffff_ffffL, 48)).isFalse();
    assertThat(rule.accepts(0xffff_8000_0000_0000L, 48)).isTrue();
    assertThat(rule.accepts(-1, 48)).isTrue();
    assertThat(rule.extend(0x8000_0000_0000L, 48)).isEqualTo(0xffff_8000_0000_0000L);
    assertThat(rule.extend(0x7fff_ffff_ffffL, 48)).isEqualTo(0x7fff_ffff_ffffL);
  }

  @Test
  void zeroExtendedAddressesEndWhereTheTablesDo() {
    InputRule rule = InputRule.ZERO_EXTENDED;
    assertThat(rule.accepts(0xffff_ffffL, 32)).isTrue();
    assertThat(rule.accepts(0x1_0000_0000L, 32)).isFalse();
    assertThat(rule.accepts(-1, 32)).isFalse();
    assertThat(rule.extend(-1, 32)).isEqualTo(0xffff_ffffL);
  }

  @Test
  void onesExtendedAddressesAreTheUpperHalfAlone() {
    InputRule rule = InputRule.ONES_EXTENDED;
    assertThat(rule.accepts(-1L << 39, 39)).isTrue();
    assertThat(rule.accepts((-1L << 39) - 1, 39)).isFalse();
    assertThat(rule.accepts(0, 39)).isFalse();
    assertThat(rule.extend(5, 39)).isEqualTo((-1L << 39) | 5);
  }

  @Test
  void allSixtyFourBitsAreAlwaysAccepted() {
    for (InputRule rule : InputRule.values()) {
      assertThat(rule.accepts(0x5555_5555_5555_5555L, 64)).isTrue();
      assertThat(rule.extend(-2, 64)).isEqualTo(-2);
    }
  }
}
