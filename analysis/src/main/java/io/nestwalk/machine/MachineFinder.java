package io.nestwalk.machine;

import io.nestwalk.image.Architecture;
import io.nestwalk.image.MemoryImage;
import io.nestwalk.image.PhysicalMemory;
import io.nestwalk.image.Progress;
import io.nestwalk.roots.RootFinder;
import io.nestwalk.roots.StructuralRoot;
import io.nestwalk.survey.Survey;
import java.util.ArrayList;
import java.util.List;

/** Finds the machines of an image: one survey, then one {@link MachineScope} per machine. */
public final class MachineFinder {

  private MachineFinder() {}

  /**
   * The machines of {@code image}. The host is always among them, even when no root of it is known.
   *
   * @param threads how many threads may survey memory
   */
  public static Machines find(MemoryImage image, int threads, Progress progress) {
    PhysicalMemory memory = image.memory();
    Detectors detectors = new Detectors();
    Survey survey = Survey.of(memory, detectors.all(), threads, progress);
    Architecture architecture =
        image.architecture().orElseGet(() -> likeliest(memory, detectors, survey));
    SearchLog log = new SearchLog();
    List<Machine> machines =
        MachineScope.host(memory, architecture, detectors.sightings(survey, architecture), log)
            .find(new ArrayList<>(image.cpus()));
    return new Machines(
        machines,
        new Machines.Coverage(memory.presentBytes(), survey.pagesSeen(), survey.pagesNotZero()),
        log.attempts(),
        log.warnings());
  }

  /** The architecture whose tables map most, for an image that does not tell; x86-64 for none. */
  private static Architecture likeliest(PhysicalMemory memory, Detectors detectors, Survey survey) {
    Architecture best = Architecture.X86_64;
    long most = 0;
    for (Architecture architecture :
        List.of(Architecture.X86_64, Architecture.AARCH64, Architecture.RISCV64)) {
      long roots =
          new RootFinder(memory, architecture, MachineScope.PHYSICAL_BITS)
              .byStructure(detectors.sightings(survey, architecture).tables()).stream()
                  .filter(StructuralRoot::kernelHalf)
                  .count();
      if (roots > most) {
        most = roots;
        best = architecture;
      }
    }
    return best;
  }
}
