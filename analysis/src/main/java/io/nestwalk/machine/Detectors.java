package io.nestwalk.machine;

import io.nestwalk.image.Architecture;
import io.nestwalk.paging.ArmModes;
import io.nestwalk.paging.EptModes;
import io.nestwalk.paging.InputRule;
import io.nestwalk.paging.RiscvModes;
import io.nestwalk.paging.X86Modes;
import io.nestwalk.roots.HostSaveDetector;
import io.nestwalk.roots.SmallArmRootDetector;
import io.nestwalk.roots.SmallRootDetector;
import io.nestwalk.roots.StageTwoBlockDetector;
import io.nestwalk.roots.TableDetector;
import io.nestwalk.roots.VmcbDetector;
import io.nestwalk.roots.VmcsDetector;
import io.nestwalk.survey.PageDetector;
import io.nestwalk.survey.Survey;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
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
  private final SmallArmRootDetector smallArmRoots = new SmallArmRootDetector();
  private final StageTwoBlockDetector armBlocks = new StageTwoBlockDetector();
  private final TableDetector riscvTables = new TableDetector(RiscvModes.sv(4));
  private final VmcbDetector vmcbs = new VmcbDetector();
  private final HostSaveDetector hostSaves = new HostSaveDetector();
  private final VmcsDetector vmcses = new VmcsDetector();

  private final Optional<Architecture> architecture;

  /**
   * The detectors for an image.
   *
   * @param architecture its architecture; where it is not known, all are looked for
   */
  Detectors(Optional<Architecture> architecture) {
    this.architecture = architecture;
  }

  List<PageDetector<?>> all() {
    List<PageDetector<?>> all = new ArrayList<>();
    if (isPossible(Architecture.X86_64)) {
      all.add(x86Tables);
    }
    if (architecture.equals(Optional.of(Architecture.X86))) {
      all.addAll(smallRoots());
    }
    if (isPossible(Architecture.X86) || isPossible(Architecture.X86_64)) {
      all.addAll(List.of(eptTables, vmcbs, hostSaves, vmcses));
    }
    if (isPossible(Architecture.AARCH64)) {
      all.addAll(List.of(armTables, smallArmRoots, armBlocks));
    }
    if (isPossible(Architecture.RISCV64)) {
      all.add(riscvTables);
    }
    return all;
  }

  /**
   * Roots of 32-bit x86. To look for them takes reading all of every page, so for an image that
   * does not tell its architecture they are looked for only when nothing else is found.
   */
  List<PageDetector<?>> smallRoots() {
    return List.of(paeRoots, twoLevelRoots);
  }

  private boolean isPossible(Architecture one) {
    return architecture.isEmpty() || architecture.get() == one;
  }

  /**
   * What was seen of an architecture's.
   *
   * @param survey the survey of {@link #all}
   * @param small the survey of {@link #smallRoots}, which may be the same
   */
  Sightings sightings(Survey survey, Survey small, Architecture of) {
    return switch (of) {
      case X86, X86_64 ->
          new Sightings(
              of == Architecture.X86
                  ? Stream.concat(
                          small.found(paeRoots).stream(), small.found(twoLevelRoots).stream())
                      .toList()
                  : survey.found(x86Tables),
              survey.found(eptTables),
              survey.found(vmcbs),
              survey.found(hostSaves),
              survey.found(vmcses));
      case AARCH64 ->
          Sightings.ofTables(
              Stream.concat(survey.found(armTables).stream(), survey.found(smallArmRoots).stream())
                  .toList(),
              survey.found(armBlocks));
      case RISCV64 -> Sightings.ofTables(survey.found(riscvTables), List.of());
    };
  }
}
