package io.nestwalk.windows.layout;

import static org.assertj.core.api.Assertions.assertThat;

import io.nestwalk.image.Architecture;
import io.nestwalk.types.Field;
import io.nestwalk.types.PdbId;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class KnownBuildsTest {

  private static KnownBuild build(int number, int revision) {
    return KnownBuilds.installed().all().stream()
        .filter(each -> each.build() == number && each.revision() == revision)
        .findFirst()
        .orElseThrow();
  }

  /** Offsets as several public sources have them. */
  @Test
  void membersStandWhereOthersSayToo() {
    assertThat(build(19041, 804).types().field("_EPROCESS", "ActiveProcessLinks").offset())
        .isEqualTo(0x448);
    assertThat(build(7601, 24540).types().field("_EPROCESS", "ImageFileName"))
        .isEqualTo(new Field(0x2e0, 15, 0, 0, 15));
    assertThat(build(14393, 6343).types().field("_EPROCESS", "ExitStatus").offset())
        .isEqualTo(0x62c);
    assertThat(build(20348, 2529).types().field("_ETHREAD", "Cid.UniqueThread").offset())
        .isEqualTo(0x4d0);
  }

  @Test
  void bitFieldsKeepTheirBits() {
    Field protection = build(18362, 836).types().field("_MMVAD_FLAGS", "Protection");
    assertThat(protection.offset() * 8 + protection.bitShift()).isEqualTo(7);
    assertThat(protection.bits()).isEqualTo(5);
  }

  @Test
  void whatALaterBuildDroppedIsGone() {
    assertThat(build(7601, 24540).types().find("_MM_AVL_TABLE")).isPresent();
    assertThat(build(19041, 804).types().find("_MM_AVL_TABLE")).isEmpty();
    assertThat(build(9600, 21620).types().findField("_EPROCESS", "Pcb")).isPresent();
  }

  @Test
  void theVeryBuildComesFirstThenTheNearest() {
    PdbId pdb = new PdbId("ntkrnlmp.pdb", "8B11040A5928757B11390AC78F6B6925", 1);
    List<String> names =
        KnownBuilds.installed().candidates(Architecture.X86_64, 19045, Optional.of(pdb)).stream()
            .map(KnownBuild::toString)
            .toList();
    assertThat(names).startsWith("17763.379", "19041.804", "19041.450", "18362.836");
  }
}
