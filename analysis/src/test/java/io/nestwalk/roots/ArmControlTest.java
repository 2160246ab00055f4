package io.nestwalk.roots;

import static org.assertj.core.api.Assertions.assertThat;

import io.nestwalk.image.Registers;
import io.nestwalk.paging.InputRule;
import io.nestwalk.paging.PagingMode;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Control registers of AArch64 as forms of tables. The first of each kind are a real machine's. */
class ArmControlTest {

  @ParameterizedTest
  @CsvSource({
    "0x80243558, 4K 40-bit, 3, 0x2000", // Linux on a Cortex-A72: 2 concatenated
    "0x802a3520, 4K 32-bit, 2, 0x4000", // on a Cortex-A76: 4 concatenated
    "0x80000090, 4K 48-bit, 4, 0x1000",
    "0x80008094, 16K 44-bit, 3, 0x800",
    "0x80004056, 64K 42-bit, 2, 0x10000",
    "0x30000000c, 4K 52-bit, 5, 0x80"
  })
  void stage2(String control, String form, int levels, String rootBytes) {
    PagingMode mode = ArmControl.stage2(Long.decode(control)).orElseThrow();
    assertThat(mode).hasToString("AArch64 stage 2 " + form);
    assertThat(mode.levels()).hasSize(levels);
    assertThat(mode.rootBytes()).isEqualTo(Long.decode(rootBytes));
  }

  @ParameterizedTest
  @CsvSource({
    "0x0, no start level translates 64 bits",
    "0x8000c098, no such granule",
    "0x80000018, 40 bits take more than 16 tables of level 2",
    "0x8000007f, one bit"
  })
  void noProcessorTakes(String control, String why) {
    assertThat(ArmControl.stage2(Long.decode(control))).as(why).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "0x500074b5503510, 4K 48-bit, 4K 48-bit",
    "0x5001f2b5503510, 4K 48-bit, 4K 48-bit",
    "0x0000000040118010, 16K 48-bit, 16K 47-bit",
    "0x00000000c0164016, 64K 42-bit, 64K 42-bit",
    "0x0800000080190019, 4K 39-bit, 4K 39-bit"
  })
  void stage1(String control, String lower, String upper) {
    long tcr = Long.decode(control);
    PagingMode low = ArmControl.lowerHalf(tcr).orElseThrow();
    assertThat(low).hasToString("AArch64 stage 1 " + lower);
    assertThat(low.input()).isEqualTo(InputRule.ZERO_EXTENDED);
    PagingMode high = ArmControl.upperHalf(tcr).orElseThrow();
    assertThat(high).hasToString("AArch64 stage 1 " + upper);
    assertThat(high.input()).isEqualTo(InputRule.ONES_EXTENDED);
  }

  @Test
  void anyValueGivesAFormOrNone() {
    Random random = new Random(1);
    int forms = 0;
    for (int i = 0; i < 100_000; i++) {
      long value = random.nextLong();
      forms += isSane(ArmControl.stage2(value)) ? 1 : 0;
      forms += isSane(ArmControl.lowerHalf(value)) ? 1 : 0;
      forms += isSane(ArmControl.upperHalf(value)) ? 1 : 0;
    }
    assertThat(forms).isBetween(10_000, 290_000);
  }

  private static boolean isSane(Optional<PagingMode> mode) {
    mode.ifPresent(
        form -> {
          assertThat(form.inputBits()).isBetween(16, 52);
          assertThat(form.rootBytes()).isBetween(16L, 16L << 16);
        });
    return mode.isPresent();
  }

  @ParameterizedTest
  @CsvSource({
    "0x807c263f, 0x80000000, true", // nVHE, in the guest's user space
    "0x3c807c263f, 0x5, true", // VHE, in the guest's kernel
    "0x3c807c263f, 0x9, false", // VHE, in the host while it switches
    "0x488000000, 0x0, false", // VHE, in a process of the host: TGE
    "0x80000000, 0x5, false" // nVHE, in the host's kernel: stage 2 is off
  })
  void insideAGuest(String hcr, String pstate, boolean inside) {
    Registers registers =
        new Registers(Map.of("hcr_el2", Long.decode(hcr), "pstate", Long.decode(pstate)));
    assertThat(ArmControl.insideGuest(registers)).isEqualTo(inside);
  }
}
