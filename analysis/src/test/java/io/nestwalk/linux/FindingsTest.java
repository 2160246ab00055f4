package io.nestwalk.linux;

import static org.assertj.core.api.Assertions.assertThat;

import io.nestwalk.linux.btf.BtfHeader;
import io.nestwalk.linux.kernel.KernelImage;
import io.nestwalk.paging.Permissions;
import io.nestwalk.survey.KeptNumbers;
import io.nestwalk.survey.MemoryNotes;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a kernel's constants hold, and that what is remembered of them is held against memory. */
class FindingsTest {

  private static final long BASE = 0xffff_ffff_8200_0000L;
  private static final int SIZE = 0x4000;
  private static final long BANNER = BASE + 0x100;
  private static final long TYPES = BASE + 0x1000;
  private static final long DIGITS = BASE + 0x2002;
  private static final String TEXT = "Linux version 6.1.0 (builder) #1 SMP";

  private final ArrayMemory memory = new ArrayMemory(BASE, SIZE);
  private final KernelImage image =
      new KernelImage(List.of(new KernelImage.Run(BASE, BASE + SIZE, Permissions.READ)), BASE);
  private final KeptNumbers kept = new KeptNumbers();

  private FindingsTest() {
    memory.putText(BANNER, TEXT);
    types(TYPES, 0x40);
    for (int i = 0; i < 10; i++) {
      memory.put(DIGITS + 2L * i, new byte[] {(byte) ('0' + i), 0});
    }
  }

  private void types(long address, int length) {
    memory
        .putInt(address, BtfHeader.START)
        .putInt(address + 4, 24)
        .putInt(address + 8, 0)
        .putInt(address + 12, length)
        .putInt(address + 16, length)
        .putInt(address + 20, 1);
  }

  private Findings look() {
    return Findings.in(memory, image, MemoryNotes.of(kept), "a kernel");
  }

  private static List<Long> types(Findings findings) {
    return findings.types().stream().map(BtfHeader::address).toList();
  }

  @Test
  void theSecondLookGoesToThePlacesOfTheFirst() {
    Findings first = look();
    assertThat(first.banner()).hasValue(TEXT);
    assertThat(types(first)).containsExactly(TYPES);
    assertThat(first.digits()).containsExactly(DIGITS);

    types(TYPES + 0x200, 0x80); // what was not there is not looked for
    Findings second = look();
    assertThat(second.banner()).hasValue(TEXT);
    assertThat(types(second)).containsExactly(TYPES);
    assertThat(second.digits()).containsExactly(DIGITS);
  }

  @Test
  void whatIsThereNoMoreIsLookedForEverywhere() {
    look();
    types(TYPES + 0x200, 0x80);
    memory.putInt(TYPES, 0);
    assertThat(types(look())).containsExactly(TYPES + 0x200);
    assertThat(types(look())).containsExactly(TYPES + 0x200);
  }

  @Test
  void whatIsNotThereIsNotLookedForWhileTheImageStaysTheSame() {
    memory.putInt(TYPES, 0);
    assertThat(types(look())).isEmpty();
    assertThat(kept.size()).isOne();
    assertThat(types(look())).isEmpty();
    assertThat(look().banner()).hasValue(TEXT);

    types(TYPES + 0x200, 0x80);
    assertThat(types(look())).containsExactly(TYPES + 0x200);
    assertThat(look().digits()).containsExactly(DIGITS);
  }

  @Test
  void aRecordThatLeavesAKindOutNeedsTheImagesChecksum() {
    memory.putInt(TYPES, 0);
    look();
    types(TYPES, 0x40);
    kept.forge(_ -> new long[] {1, 0, 1, 0x1234_5678L, BANNER, DIGITS});
    assertThat(types(look())).containsExactly(TYPES);
  }

  /** Each number: the three counts, the checksum, the three places. */
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3, 4, 5, 6})
  void aRecordThatLiesHidesNothing(int number) {
    look();
    kept.forge(
        all -> {
          all[number] += 4;
          return all;
        });
    Findings again = look();
    assertThat(again.banner()).hasValue(TEXT);
    assertThat(types(again)).containsExactly(TYPES);
    assertThat(again.digits()).containsExactly(DIGITS);
  }

  @Test
  void aRecordThatIsCutOrLeavesAKindOutIsNone() {
    look();
    for (long[] lie :
        new long[][] {
          {},
          {1, 1},
          {1, 1, 1},
          {1, 1, 1, 0},
          {1, 1, 0, 0, BANNER, TYPES},
          {0, 1, 1, 0, TYPES, DIGITS},
          {1, 2, 1, 0, BANNER, TYPES, DIGITS},
          {-1, 2, 2, 0, TYPES, TYPES, DIGITS}
        }) {
      kept.forge(_ -> lie);
      assertThat(types(look())).as(Arrays.toString(lie)).containsExactly(TYPES);
      assertThat(look().banner()).hasValue(TEXT);
    }
  }
}
