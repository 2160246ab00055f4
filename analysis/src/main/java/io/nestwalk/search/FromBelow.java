package io.nestwalk.search;

import io.nestwalk.machine.MachineState;
import io.nestwalk.machine.SecondLevel;
import io.nestwalk.system.HypervisorGuest;
import java.util.List;
import java.util.Optional;

/**
 * What the machine below says of one that runs on it.
 *
 * @param secondLevel how its memory is mapped
 * @param cpus its CPUs, as control structures describe them
 * @param inHypervisor the machine as its hypervisor's structures describe it
 * @param state whether it runs; empty where nothing says so
 */
record FromBelow(
    SecondLevel secondLevel,
    List<VirtualCpu> cpus,
    Optional<HypervisorGuest> inHypervisor,
    Optional<MachineState> state) {

  /** Of the machine whose memory the image is. */
  static final FromBelow NOTHING =
      new FromBelow(SecondLevel.NONE, List.of(), Optional.empty(), Optional.empty());

  /**
   * What the machine of which this is known says of a guest: on a stale machine, all are stale.
   *
   * @param level the guest's second level, with the names that are known
   * @param own the guest's own state
   */
  FromBelow toGuest(Guest guest, SecondLevel level, Optional<MachineState> own) {
    return new FromBelow(
        level,
        guest.cpus(),
        guest.inHypervisor(),
        state.filter(MachineState::isStale).or(() -> own));
  }
}
