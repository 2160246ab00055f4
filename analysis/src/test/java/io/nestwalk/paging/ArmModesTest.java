package io.nestwalk.paging;

import static org.assertj.core.api.Assertions.assertThat;

import io.nestwalk.paging.ArmModes.Granule;
import io.nestwalk.paging.ArmModes.OutputSize;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ArmModesTest {

  /**
   * An ASID in bits 63:48, CnP in bit 0; with wide addresses bits 51:48 of the root in bits 5:2.
   */
  @ParameterizedTest
  @CsvSource({
    "KIB_4, 48, BITS_48, 0x0050000041f28001, 0x41f28000, 4096",
    "KIB_4, 52, LPA2, 0x000100950d68c81, 0x100950d68c80, 128",
    "KIB_4, 52, LPA2, 0x00950000431f67a9, 0xa0000431f6780, 128",
    "KIB_16, 52, LPA2, 0x00010000431f6705, 0x10000431f6700, 256",
    "KIB_64, 52, LPA, 0x000100004320203d, 0xf000043202000, 8192",
    "KIB_16, 48, BITS_48, 0x00010000431f6791, 0x431f6790, 16"
  })
  void aRegisterNamesARoot(
      Granule granule, int bits, OutputSize output, String register, String root, long aligned) {
    PagingMode mode = ArmModes.stage1(granule, bits, InputRule.ZERO_EXTENDED, output);
    long address = Long.decode(root);
    assertThat(mode.rootOf(Long.decode(register))).isEqualTo(address);
    assertThat(mode.rootAt(address)).isEqualTo(address);
    assertThat(mode.rootAt(address + aligned / 2)).isEqualTo(address);
    assertThat(mode.rootAlignment()).isEqualTo(aligned);
  }
}
