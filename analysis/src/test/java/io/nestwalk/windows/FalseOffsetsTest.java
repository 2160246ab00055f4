package io.nestwalk.windows;

import static org.assertj.core.api.Assertions.assertThat;

import io.nestwalk.image.Architecture;
import io.nestwalk.paging.Walker;
import io.nestwalk.paging.X86Modes;
import io.nestwalk.system.GuestMapping;
import io.nestwalk.system.GuestProcess;
import io.nestwalk.system.GuestSystem;
import io.nestwalk.types.Field;
import io.nestwalk.windows.kernel.KernelFinder;
import io.nestwalk.windows.layout.KnownBuild;
import io.nestwalk.windows.layout.KnownBuilds;
import io.nestwalk.windows.layout.Layout;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tables of builds whose offsets are wrong: found out, and the answers are right all the same. */
class FalseOffsetsTest {

  private static final List<String> MEMBERS =
      List.of(
          "_EPROCESS.UniqueProcessId",
          "_EPROCESS.ActiveProcessLinks",
          "_EPROCESS.ImageFileName",
          "_EPROCESS.InheritedFromUniqueProcessId",
          "_EPROCESS.CreateTime",
          "_EPROCESS.ExitTime",
          "_EPROCESS.ObjectTable",
          "_EPROCESS.Peb",
          "_EPROCESS.SeAuditProcessCreationInfo",
          "_EPROCESS.Session",
          "_EPROCESS.WoW64Process",
          "_EPROCESS.ThreadListHead",
          "_EPROCESS.ActiveThreads",
          "_ETHREAD.ThreadListEntry",
          "_KPROCESS.UserDirectoryTableBase");

  private static KnownBuild rowOf(WindowsMachine machine) {
    String guid = machine.truth().child("os").child("pdb").text("guid");
    return KnownBuilds.installed().all().stream()
        .filter(build -> build.pdb().filter(pdb -> pdb.guid().equals(guid)).isPresent())
        .findFirst()
        .orElseThrow();
  }

  private static Layout moved(Layout layout, String member, int distance) {
    String struct = member.substring(0, member.indexOf('.'));
    String path = member.substring(member.indexOf('.') + 1);
    if (path.equals("WoW64Process") && layout.findField(struct, path).isEmpty()) {
      return moved(layout, "_EPROCESS.Wow64Process", distance);
    }
    Optional<Field> place = layout.findField(struct, path);
    return place.isEmpty()
        ? layout
        : layout.with(
            struct,
            path,
            new Field(
                place.get().offset() + distance, place.get().size(), 0, 0, place.get().count()));
  }

  private static GuestSystem system(WindowsMachine machine, Layout types) {
    KnownBuild row = rowOf(machine);
    KnownBuild changed =
        new KnownBuild(row.build(), row.revision(), Architecture.X86_64, Optional.empty(), types);
    return system(machine, KnownBuilds.of(List.of(changed)));
  }

  private static GuestSystem system(WindowsMachine machine, KnownBuilds builds) {
    KernelFinder finder = new KernelFinder(machine.physical(), builds, List.of());
    return new WindowsSystem(
        finder
            .find(new Walker(X86Modes.fourLevel(48), machine.root(), machine.physical()))
            .orElseThrow());
  }

  static Stream<String> imagesAndMembers() {
    return WindowsMachine.images()
        .flatMap(image -> MEMBERS.stream().map(member -> image + " " + member));
  }

  @ParameterizedTest
  @MethodSource("imagesAndMembers")
  void oneMemberThatMovedIsFound(String name) {
    WindowsMachine machine = WindowsMachine.get(name.substring(0, name.indexOf(' ')));
    String member = name.substring(name.indexOf(' ') + 1);
    Layout honest = Layout.of(Layout.Basis.BUILD, "", rowOf(machine).types());
    for (int distance : new int[] {8, -8, 0x28}) {
      GuestSystem system = system(machine, moved(honest, member, distance));
      WindowsProcessesTest.assertAgrees(machine, system);
    }
  }

  /**
   * The node that was used last stands behind the root: a part of the tree must not pass for all.
   */
  @ParameterizedTest
  @MethodSource("io.nestwalk.windows.WindowsMachine#images")
  void aTreeOfMappingsThatMovedIsFound(String image) {
    WindowsMachine machine = WindowsMachine.get(image);
    Layout honest = Layout.of(Layout.Basis.BUILD, "", rowOf(machine).types());
    GuestSystem right = system(machine, honest);
    for (int distance : new int[] {8, -8, 0x28}) {
      GuestSystem system = system(machine, moved(honest, "_EPROCESS.VadRoot", distance));
      for (GuestProcess process : system.processes()) {
        assertThat(system.mappings(process).stream().map(GuestMapping::start))
            .as("%d moved by %d", process.pid(), distance)
            .containsExactlyElementsOf(
                right.mappings(process).stream().map(GuestMapping::start).toList());
      }
    }
  }

  @ParameterizedTest
  @MethodSource("io.nestwalk.windows.WindowsMachine#images")
  void allMembersThatMovedAreFound(String image) {
    WindowsMachine machine = WindowsMachine.get(image);
    Layout wrong = Layout.of(Layout.Basis.BUILD, "", rowOf(machine).types());
    for (String member : MEMBERS) {
      wrong = moved(wrong, member, 0x10);
    }
    GuestSystem system = system(machine, wrong);
    WindowsProcessesTest.assertAgrees(machine, system);
    assertThat(system.facts().basis()).startsWith("deduced");
  }

  /** A build between those that are known. */
  @ParameterizedTest
  @ValueSource(strings = {"win19041", "win20348-ept", "win22000-self"})
  void buildsThatNoTableHasAreReadToo(String image) {
    WindowsMachine machine = WindowsMachine.get(image);
    int build = rowOf(machine).build();
    List<KnownBuild> others =
        KnownBuilds.installed().all().stream().filter(each -> each.build() != build).toList();
    WindowsProcessesTest.assertAgrees(machine, system(machine, KnownBuilds.of(others)));
  }
}
