package io.nestwalk.roots;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EptpTest {

  @ParameterizedTest
  @ValueSource(longs = {0xb87505eL, 0xb87501eL, 0xb875026L, 0xb875066L, 0xb875018L, 0x100000deL})
  void pointersOfRealHypervisors(long value) {
    assertThat(Eptp.hasForm(value)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      longs = {
        0, // nothing
        0x5e, // page 0
        0xb875006L, // one level
        0xb875016L, // three levels
        0xb87502eL, // six levels
        0xb87505dL, // memory type 5
        0xb87515eL, // bit 8
        0xb87585eL, // bit 11
        0x10_0000_0b87_505eL << 8, // beyond 52 bits
        -1
      })
  void whatIsNoPointer(long value) {
    assertThat(Eptp.hasForm(value)).isFalse();
  }

  @Test
  void partsOfAPointer() {
    assertThat(Eptp.root(0xb87505eL)).isEqualTo(0xb875000L);
    assertThat(Eptp.levels(0xb87505eL)).isEqualTo(4);
    assertThat(Eptp.levels(0xb875066L)).isEqualTo(5);
  }
}
