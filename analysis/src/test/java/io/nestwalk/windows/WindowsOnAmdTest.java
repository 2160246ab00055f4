package io.nestwalk.windows;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.nestwalk.finding.FindingSearch;
import io.nestwalk.finding.Rule;
import io.nestwalk.image.MemoryImage;
import io.nestwalk.image.MemoryImages;
import io.nestwalk.image.OpenOptions;
import io.nestwalk.image.Progress;
import io.nestwalk.machine.Machine;
import io.nestwalk.machine.Machines;
import io.nestwalk.machine.NamedHypervisor;
import io.nestwalk.machine.SecondLevel;
import io.nestwalk.memory.Layer;
import io.nestwalk.paging.Translation;
import io.nestwalk.roots.Evidence.Source;
import io.nestwalk.roots.Root;
import io.nestwalk.search.MachineFinder;
import io.nestwalk.system.GuestProcess;
import io.nestwalk.system.GuestSystem;
import io.nestwalk.truth.Truth;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Windows in nested tables: under a hypervisor that nothing names, and under its own. */
class WindowsOnAmdTest {

  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aWindowsInAnUnknownHypervisor(boolean blocks) throws Exception {
    Truth truth = truth("win20348-ept");
    Truth guest = truth.child("machines").child("vm1");
    Truth level = guest.child("secondLevel");
    Path file =
        AmdImage.write(
            VbsImage.folder().resolve(truth.text("image")),
            level,
            new long[] {level.number("vmcs")},
            blocks,
            folder.resolve("npt.raw"));
    try (MemoryImage image = MemoryImages.open(file, OpenOptions.defaults())) {
      Machines machines = MachineFinder.find(image, 2, Progress.NONE);
      assertThat(machines.all()).extracting(Machine::id).containsExactly("host", "vm1");
      assertThat(machines.stale()).isEmpty();
      assertThat(machines.host().system()).isEmpty();
      assertThat(machines.host().root().map(Root::address)).contains(level.number("hostRoot"));
      Machine vm = machines.named("vm1").orElseThrow();
      assertThat(vm.secondLevel().kind()).isEqualTo(SecondLevel.Kind.NPT);
      assertThat(vm.secondLevel().root().map(Root::address)).contains(level.number("root"));
      assertThat(vm.sameSystemAs()).isEmpty();
      assertThat(vm.cpus()).hasSize(blocks ? 1 : 0);
      if (blocks) {
        // The CPU is in user code whose page is not there: its root counts all the same.
        Root own = vm.root().orElseThrow();
        assertThat(own.address()).isEqualTo(level.number("guestCr3"));
        assertThat(own.evidence()).anyMatch(evidence -> evidence.source() == Source.VMCB);
      }
      system(vm, image, guest);
    }
  }

  private static void system(Machine vm, MemoryImage image, Truth truth) {
    GuestSystem system = vm.system().orElseThrow();
    assertThat(system.facts().kernelBase()).isEqualTo(truth.child("os").number("kernelBase"));
    List<GuestProcess> processes = system.processes();
    assertThat(processes)
        .extracting(GuestProcess::pid)
        .containsExactlyInAnyOrderElementsOf(
            truth.children("processes").stream().map(each -> (int) each.number("pid")).toList());
    for (Truth page : truth.children("pages")) {
      GuestProcess process =
          processes.stream()
              .filter(each -> each.pid() == page.number("pid"))
              .findFirst()
              .orElseThrow();
      Layer memory = system.memoryOf(process).orElseThrow();
      String text = page.text("text");
      long hpa = Layer.toLowest(memory, page.number("va"));
      assertThat(Translation.isFault(hpa)).isFalse();
      assertThat(
              new String(
                  image.memory().readBytes(Translation.address(hpa), text.length()),
                  StandardCharsets.US_ASCII))
          .isEqualTo(text);
    }
  }

  @Test
  void aWindowsUnderItsOwnHypervisorIsOneSystem() throws Exception {
    Truth truth = truth("win22000-self");
    Truth level = truth.child("machines").child("vm1").child("secondLevel");
    Path file =
        AmdImage.write(
            VbsImage.folder().resolve(truth.text("image")),
            level,
            level.list("vmcs").stream().mapToLong(Truth::number).toArray(),
            true,
            folder.resolve("self.raw"));
    try (MemoryImage image = MemoryImages.open(file, OpenOptions.defaults())) {
      Machines machines = MachineFinder.find(image, 2, Progress.NONE);
      assertThat(machines.all()).extracting(Machine::id).containsExactly("host", "vm1");
      Machine vm = machines.named("vm1").orElseThrow();
      assertThat(vm.sameSystemAs()).contains(Machine.HOST);
      assertThat(vm.secondLevel().kind()).isEqualTo(SecondLevel.Kind.NPT);
      assertThat(vm.hypervisor().map(NamedHypervisor::name)).contains(NamedHypervisor.THIN);
      assertThat(vm.cpus()).hasSize(2);
      Truth host = truth.child("machines").child("host");
      assertThat(machines.host().system().orElseThrow().processes())
          .hasSize(host.children("processes").size());
      Truth hook = level.children("hooks").getFirst();
      assertThat(FindingSearch.ofLayers(machines, vm))
          .filteredOn(finding -> finding.rule() == Rule.REMAPPED_PAGES)
          .singleElement()
          .satisfies(
              finding ->
                  assertThat(finding.pages())
                      .singleElement()
                      .matches(run -> run.guest() == hook.number("gpa"))
                      .matches(run -> run.host() == hook.number("hpa")));
    }
  }

  private static Truth truth(String image) {
    Path file = VbsImage.folder().resolve(image + ".truth.json");
    assumeTrue(Files.exists(file), () -> "no image at " + file);
    return Truth.read(file);
  }
}
