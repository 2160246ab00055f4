package io.nestwalk.search;

import io.nestwalk.machine.Machine;
import io.nestwalk.system.GuestSystem;
import io.nestwalk.system.HypervisorGuest;
import java.util.List;
import java.util.stream.Stream;

/**
 * What the systems in one memory record of virtual machines. Each system is asked once: the answer
 * takes a look at all its processes.
 *
 * @param own of the system that the machine is recognised by
 * @param left of systems that share its memory and run no more
 */
record HypervisorRecords(List<HypervisorGuest> own, List<HypervisorGuest> left) {

  /** Copies the lists. */
  HypervisorRecords {
    own = List.copyOf(own);
    left = List.copyOf(left);
  }

  /** Those of the machine's own system. */
  static HypervisorRecords of(Machine machine) {
    return new HypervisorRecords(
        machine.system().map(GuestSystem::virtualMachines).orElse(List.of()), List.of());
  }

  /** The same with those of the systems beside it. */
  HypervisorRecords with(List<OtherSystem> others) {
    return new HypervisorRecords(
        own, others.stream().flatMap(other -> other.system().virtualMachines().stream()).toList());
  }

  /** Whether a record is one of a system that runs no more. */
  boolean isLeft(HypervisorGuest view) {
    return left.stream().anyMatch(each -> each.object() == view.object());
  }

  /** Whether a hypervisor keeps tables in this memory that map virtual addresses of a guest. */
  boolean haveShadowTables() {
    return Stream.concat(own.stream(), left.stream())
        .flatMap(view -> view.cpus().stream())
        .anyMatch(cpu -> cpu.root().isPresent() && !cpu.direct());
  }
}
