package io.nestwalk.machine;

import io.nestwalk.image.Architecture;
import io.nestwalk.image.MemoryImage;
import io.nestwalk.image.PhysicalMemory;
import io.nestwalk.image.Progress;
import io.nestwalk.paging.EptModes;
import io.nestwalk.paging.X86Modes;
import io.nestwalk.roots.HostSaveDetector;
import io.nestwalk.roots.TableDetector;
import io.nestwalk.roots.VmcbDetector;
import io.nestwalk.roots.VmcsDetector;
import io.nestwalk.survey.PageDetector;
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
    PageDetector<Long> tables = new TableDetector(X86Modes.fourLevel(MachineScope.PHYSICAL_BITS));
    PageDetector<Long> eptTables = new TableDetector(EptModes.of(4, MachineScope.PHYSICAL_BITS));
    VmcbDetector vmcbs = new VmcbDetector();
    HostSaveDetector hostSaves = new HostSaveDetector();
    VmcsDetector vmcses = new VmcsDetector();
    Survey survey =
        Survey.of(memory, List.of(tables, eptTables, vmcbs, hostSaves, vmcses), threads, progress);
    Sightings sightings =
        new Sightings(
            survey.found(tables),
            survey.found(eptTables),
            survey.found(vmcbs),
            survey.found(hostSaves),
            survey.found(vmcses));
    SearchLog log = new SearchLog();
    List<Machine> machines =
        MachineScope.host(memory, image.architecture().orElse(Architecture.X86_64), sightings, log)
            .find(new ArrayList<>(image.cpus()));
    return new Machines(
        machines,
        new Machines.Coverage(memory.presentBytes(), survey.pagesSeen(), survey.pagesNotZero()),
        log.attempts(),
        log.warnings());
  }
}
