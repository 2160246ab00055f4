package io.nestwalk.machine;

import io.nestwalk.image.Architecture;
import io.nestwalk.paging.ArmModes;
import io.nestwalk.paging.EptModes;
import io.nestwalk.paging.InputRule;
import io.nestwalk.paging.RiscvModes;
import io.nestwalk.paging.X86Modes;
import io.nestwalk.roots.HostSaveDetector;
import io.nestwalk.roots.SmallRootDetector;
import io.nestwalk.roots.TableDetector;
import io.nestwalk.roots.VmcbDetector;
import io.nestwalk.roots.VmcsDetector;
import io.nestwalk.survey.PageDetector;
import io.nestwalk.survey.Survey;
import java.util.List;
import java.util.stream.Stream;

/** Everything that machines are recognised by, looked for in one survey. */
final class Detectors {

  private final TableDetector x86Tables =
      new TableDetector(X86Modes.fourLevel(MachineScope.PHYSICAL_BITS));
  private final SmallRootDetector paeRoots = new SmallRootDetector(true);
  private final SmallRootDetector twoLevelRoots = new SmallRootDetector(false);
  private final TableDetector eptTables =
      new TableDetector(EptModes.of(4, MachineScope.PHYSICAL_BITS));
  // Table entries of all granules and both stages have one form; what follows tells them apart.
  private final TableDetector armTables =
      new TableDetector(
          ArmModes.stage1(
              ArmModes.Granule.KIB_4, 48, InputRule.ZERO_EXTENDED, ArmModes.OutputSize.BITS_48));
  private final TableDetector riscvTables = new TableDetector(RiscvModes.sv(4));
  private final VmcbDetector vmcbs = new VmcbDetector();
  private final HostSaveDetector hostSaves = new HostSaveDetector();
  private final VmcsDetector vmcses = new VmcsDetector();

  List<PageDetector<?>> all() {
    return List.of(
        x86Tables,
        paeRoots,
        twoLevelRoots,
        eptTables,
        armTables,
        riscvTables,
        vmcbs,
        hostSaves,
        vmcses);
  }

  /** What was seen of an architecture's. */
  Sightings sightings(Survey survey, Architecture architecture) {
    return switch (architecture) {
      case X86, X86_64 ->
          new Sightings(
              architecture == Architecture.X86
                  ? Stream.concat(
                          survey.found(paeRoots).stream(), survey.found(twoLevelRoots).stream())
                      .toList()
                  : survey.found(x86Tables),
              survey.found(eptTables),
              survey.found(vmcbs),
              survey.found(hostSaves),
              survey.found(vmcses));
      case AARCH64 -> Sightings.ofTables(survey.found(armTables));
      case RISCV64 -> Sightings.ofTables(survey.found(riscvTables));
    };
  }
}
