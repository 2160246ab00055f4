package io.nestwalk.search;

import io.nestwalk.machine.FrameMap;
import io.nestwalk.machine.SecondLevel;
import io.nestwalk.roots.Root;
import io.nestwalk.system.HypervisorGuest;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A machine that was found on another, before its own memory is searched further.
 *
 * @param scope the search in its memory
 * @param secondLevel how its memory is mapped
 * @param frames which pages of its host it has
 * @param cpus its CPUs, as its host's memory describes them
 * @param inHypervisor the machine as its hypervisor's structures describe it
 */
record Guest(
    MachineScope scope,
    SecondLevel secondLevel,
    FrameMap frames,
    List<VirtualCpu> cpus,
    Optional<HypervisorGuest> inHypervisor) {

  /** Whether a hypervisor's structures name this guest's root or one of its control blocks. */
  boolean isSeenIn(HypervisorGuest view) {
    return isRootOf(view)
        || view.cpus().stream()
            .anyMatch(
                cpu ->
                    cpus.stream()
                        .anyMatch(
                            own ->
                                cpu.controlBlock().isPresent()
                                    && cpu.controlBlock().getAsLong() == own.structure()));
  }

  /** Whether a hypervisor's structures name this guest's root. */
  boolean isRootOf(HypervisorGuest view) {
    long root = secondLevel.root().map(Root::address).orElse(-1L);
    return (view.root().isPresent() && view.root().getAsLong() == root)
        || view.cpus().stream()
            .anyMatch(cpu -> cpu.root().isPresent() && cpu.root().getAsLong() == root);
  }

  /** Whether the tables that it was found by map its virtual addresses. */
  boolean isShadowed() {
    return secondLevel.kind() == SecondLevel.Kind.SHADOW;
  }

  /** Whether its own tables are those of its host, which has no others for it. */
  boolean isParavirtualized() {
    return secondLevel.kind() == SecondLevel.Kind.P2M;
  }

  /** Whether it is its host's own system, behind tables of a thin hypervisor. */
  boolean isHostItself() {
    return secondLevel.identity() == SecondLevel.Identity.SAME_SYSTEM;
  }

  /**
   * Whether its hypervisor lends it nearly all memory of its host: what other guests have is among
   * that.
   */
  boolean isLentAllMemory() {
    return secondLevel.identity() == SecondLevel.Identity.OTHER_SYSTEM;
  }

  /** The same machine, searched in another memory. */
  Guest in(MachineScope other) {
    return new Guest(other, secondLevel, frames, cpus, inHypervisor);
  }

  /** The same machine with other pages of its host. */
  Guest having(FrameMap pages) {
    return new Guest(scope, secondLevel, pages, cpus, inHypervisor);
  }

  /** The same machine, which also runs on another root. */
  Guest withAlternate(Root other, List<VirtualCpu> more) {
    List<VirtualCpu> all = new ArrayList<>(cpus);
    all.addAll(more);
    return new Guest(scope, secondLevel.withAlternate(other), frames, all, inHypervisor);
  }
}
