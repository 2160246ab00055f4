package io.nestwalk.paging;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class AddressFieldTest {

  @Test
  void plainFieldsAreMaskedOut() {
    AddressField field = AddressField.of(0x000f_ffff_ffff_f000L);
    assertThat(field.in(0x8000_0001_2345_6067L)).isEqualTo(0x1_2345_6000L);
    assertThat(field.bits()).isEqualTo(0x000f_ffff_ffff_f000L);
  }

  @Test
  void theHighPartOfPse36StandsInTheMiddle() {
    AddressField field = new AddressField(0xffc0_0000L, 0, 0x1f_e000L, 19);
    assertThat(field.in(0x0040_0000L | 0xabL << 13 | 0xe7)).isEqualTo(0xab_0040_0000L);
  }

  @Test
  void riscvKeepsPageNumbersTwoBitsLower() {
    AddressField field = new AddressField(0x3f_ffff_ffff_fc00L, 2, 0, 0);
    assertThat(field.in(0x2000_0000L << 10 | 0xcf)).isEqualTo(0x2000_0000L << 12);
  }

  @Test
  void whatIsEncodedIsReadBack() {
    AddressField lpa2 = new AddressField(0x3_ffff_ffff_f000L, 0, 0x300, 42);
    long address = 0xf_1234_5678_9000L;
    assertThat(lpa2.in(lpa2.encode(address))).isEqualTo(address);
    assertThat(lpa2.encode(address) & ~lpa2.bits()).isZero();
  }
}
