package io.nestwalk.finding;

import static org.assertj.core.api.Assertions.assertThat;

import io.nestwalk.image.MemoryImage;
import io.nestwalk.image.MemoryImages;
import io.nestwalk.image.OpenOptions;
import io.nestwalk.image.Progress;
import io.nestwalk.image.RealImages;
import io.nestwalk.machine.Machine;
import io.nestwalk.machine.Machines;
import io.nestwalk.search.MachineFinder;
import io.nestwalk.system.GuestProcess;
import io.nestwalk.system.GuestSystem;
import io.nestwalk.truth.Truth;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Roots whose process no list has, in real machines. */
class OwnerlessRootTest {

  @ParameterizedTest
  @CsvSource({
    "kvm-npt, 2",
    "kvm-shadow, 2",
    "kvm-ept, 2",
    "kvm-arm64, 2",
    "linux-la57, 1",
    "linux-pae, 1"
  })
  void aProcessThatEveryListLacksLeavesItsRoot(String name, int machines) throws Exception {
    Truth truth = Truth.read(RealImages.get(name + ".truth.json"));
    try (MemoryImage image =
        MemoryImages.open(RealImages.get(truth.text("image")), OpenOptions.defaults())) {
      Machines found = MachineFinder.find(image, 2, Progress.NONE);
      assertThat(found.all()).hasSize(machines);
      for (Machine machine : found.all()) {
        assertThat(OwnerlessRoot.in(machine)).as(machine.id()).isEmpty();
        everyProcessIsMissed(machine);
      }
      assertThat(FindingSearch.in(found))
          .noneMatch(finding -> finding.rule() == Rule.OWNERLESS_ROOT);
    }
  }

  private static void everyProcessIsMissed(Machine machine) {
    GuestSystem system = machine.system().orElseThrow();
    int missed = 0;
    for (GuestProcess process : system.processes()) {
      if (process.root().isPresent()) {
        List<GuestProcess> others = new ArrayList<>(system.processes());
        others.remove(process);
        List<OwnerlessRoot> roots = OwnerlessRoot.among(machine, system, others);
        assertThat(roots)
            .as("%s: %d", machine.id(), process.pid())
            .singleElement()
            .satisfies(
                each -> {
                  assertThat(each.root().address()).isEqualTo(process.root().getAsLong());
                  assertThat(each.userBytes()).isPositive();
                  assertThat(each.first()).isPositive();
                });
        missed++;
      }
    }
    assertThat(missed).isGreaterThan(3);
  }
}
