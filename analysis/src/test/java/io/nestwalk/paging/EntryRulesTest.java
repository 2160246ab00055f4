package io.nestwalk.paging;

import static org.assertj.core.api.Assertions.assertThat;

import io.nestwalk.paging.Step.Outcome;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Entries as real systems write them, and single bits that make them wrong. */
class EntryRulesTest {

  private static final int PML4 = 0;
  private static final int PDPT = 1;
  private static final int PD = 2;
  private static final int PT = 3;

  private final EntryRules ept = new EntryRules(EptModes.of(4, 48));
  private final EntryRules nested = new EntryRules(X86Modes.nestedLong(4, 48));

  @Test
  void entriesOfKvmsEpt() {
    assertThat(ept.judge(0xb87_6107L, PML4)).isEqualTo(Outcome.TABLE);
    assertThat(ept.judge(0xb40_0bf7L, PD)).isEqualTo(Outcome.LEAF);
    assertThat(ept.judge(0xb40_0b77L, PT)).isEqualTo(Outcome.LEAF);
    assertThat(ept.judge(0xb40_0975L, PT)).isEqualTo(Outcome.LEAF);
  }

  @Test
  void kvmsMarkersForDevicesAreNoPages() {
    assertThat(nested.kindOf(0x8_0000_fec0_0017L, PT))
        .isEqualTo((int) Translation.of(Fault.RESERVED_BITS));
    assertThat(ept.judge(0, PT)).isEqualTo(Outcome.FAULT);
    // "Write without read": how KVM marks devices under EPT.
    assertThat(ept.kindOf(0x8_0000_fec0_0006L & 0xffff_ffff_ffffL, PT))
        .isEqualTo((int) Translation.of(Fault.MISCONFIGURED));
  }

  @Test
  void largePagesExistOnTwoLevelsOnly() {
    assertThat(nested.judge(0xe7L | 1L << 30, PDPT)).isEqualTo(Outcome.LEAF);
    assertThat(nested.judge(0xe7L, PML4)).isEqualTo(Outcome.FAULT);
    // On the lowest level bit 7 is PAT.
    assertThat(nested.judge(0x10e7L, PT)).isEqualTo(Outcome.LEAF);
  }

  @Test
  void presenceIsAnyOfTheBitsUnderEpt() {
    assertThat(ept.judge(0x1004L, PML4)).isEqualTo(Outcome.TABLE);
    assertThat(ept.kindOf(0x1ff8L, PML4)).isEqualTo((int) Translation.of(Fault.NOT_PRESENT));
  }

  @Test
  void aPageToldInTwoStepsIsOneByAllRules() {
    List<PagingMode> modes =
        List.of(
            EptModes.of(4, 48),
            X86Modes.nestedLong(4, 48),
            X86Modes.fourLevel(48),
            X86Modes.twoLevel(true),
            RiscvModes.sv(3),
            RiscvModes.svX4(4),
            ArmModes.stage1(
                ArmModes.Granule.KIB_4, 48, InputRule.ZERO_EXTENDED, ArmModes.OutputSize.BITS_48),
            ArmModes.stage2(ArmModes.Granule.KIB_4, 40, 1, ArmModes.OutputSize.BITS_48));
    List<String> wrong = new ArrayList<>();
    for (PagingMode mode : modes) {
      EntryRules rules = new EntryRules(mode);
      int last = mode.levels().size() - 1;
      for (int high = -1; high < Long.SIZE; high++) {
        for (long low = 0; low < 1 << 9; low++) {
          long entry = low | (high < 0 ? 0 : 1L << high);
          if (rules.isPlainPage(entry) != (rules.judge(entry, last) == Outcome.LEAF)) {
            wrong.add("%s: %x".formatted(mode, entry));
          }
        }
      }
    }
    assertThat(wrong).isEmpty();
  }
}
