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
  void buildsWithoutSymbolFilesHaveWhatOthersTell() {
    assertThat(build(26100, 0).types().field("_EPROCESS", "UniqueProcessId").offset())
        .isEqualTo(0x1d0);
    assertThat(build(26100, 0).types().findField("_EPROCESS", "Flags")).isEmpty();
    assertThat(build(16299, 0).types().field("_MMVAD_FLAGS", "PrivateMemory").bitShift())
        .isEqualTo(7);
    assertThat(build(9200, 0).types().field("_EPROCESS", "VadRoot.BalancedRoot.RightChild"))
        .isEqualTo(new Field(0x5a0, 8, 0, 0, 1));
    assertThat(build(17134, 0).types().field("_MMPTE_SOFTWARE", "PageFileLow"))
        .isEqualTo(new Field(0, 1, 1, 4, 1));
    assertThat(build(7601, 24540).types().findField("_MMPTE_SOFTWARE", "SwizzleBit")).isPresent();
  }

  /** What is read of a process is known of every build. */
  @Test
  void everyBuildHasWhatProcessesNeed() {
    for (KnownBuild build : KnownBuilds.installed().all()) {
      for (String member :
          List.of(
              "UniqueProcessId",
              "ActiveProcessLinks",
              "ImageFileName",
              "InheritedFromUniqueProcessId",
              "CreateTime",
              "ExitTime",
              "Peb",
              "ObjectTable",
              "SeAuditProcessCreationInfo",
              "ThreadListHead",
              "VadRoot")) {
        Field field = build.types().field("_EPROCESS", member);
        assertThat(field.offset() + field.size())
            .as("%s of %s", member, build)
            .isLessThanOrEqualTo(build.types().struct("_EPROCESS").size());
      }
    }
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
    assertThat(names)
        .startsWith("17763.379", "19041.804", "19041.450", "18362.836", "17763.5933", "17134.0");
  }
}
