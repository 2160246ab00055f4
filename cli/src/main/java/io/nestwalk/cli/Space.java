package io.nestwalk.cli;

import io.nestwalk.image.Memory;
import io.nestwalk.machine.Machine;
import io.nestwalk.machine.SecondLevel;
import io.nestwalk.memory.Trace;
import io.nestwalk.memory.Tracer;
import io.nestwalk.system.GuestSystem;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The memory in which a user's addresses are meant.
 *
 * @param machine whose memory it is
 * @param memory the memory itself
 * @param physical whether it is the machine's physical memory
 * @param dimensions names of its layers, from the top down
 * @param process the name of the process whose space it is, where the user named one
 * @param chosen whether the user chose the space; else it is the one that the first CPU had
 */
record Space(
    Machine machine,
    Memory memory,
    boolean physical,
    List<String> dimensions,
    Optional<String> process,
    boolean chosen) {

  /**
   * Where an address may be found that this space does not have: where page tables are isolated,
   * the space that a CPU had in user mode lacks the kernel.
   */
  Optional<String> hint(long address) {
    if (chosen || physical) {
      return Optional.empty();
    }
    return machine
        .system()
        .filter(system -> system.kernelMemory().isPresent(address))
        .map(
            system ->
                isUserHalf(system)
                    ? "the CPU was in the user half of isolated tables; --kernel has this address"
                    : "--kernel has this address");
  }

  private boolean isUserHalf(GuestSystem system) {
    OptionalLong current =
        machine.root().map(root -> OptionalLong.of(root.address())).orElse(OptionalLong.empty());
    return current.isPresent()
        && system.processes().stream().anyMatch(each -> each.userRoot().equals(current));
  }

  /** The walk of {@code address} through all layers. */
  Trace trace(long address) {
    return Tracer.trace(memory, address, dimensions);
  }

  /**
   * The walk of the same address by the guest's own tables, for an address that shadow tables
   * translate; empty where there are no such tables or the guest's root is not known.
   */
  Optional<Trace> guestsOwnWalk(long address) {
    if (physical
        || machine.secondLevel().kind() != SecondLevel.Kind.SHADOW
        || dimensions.size() > 1) {
      return Optional.empty();
    }
    return machine
        .root()
        .map(
            root ->
                Tracer.trace(
                    machine.space(root.mode(), root.address()),
                    address,
                    List.of("guest", "slots")));
  }

  /** The guest-physical address on the way; empty on the host and behind shadow tables. */
  OptionalLong guestPhysical(Trace trace) {
    boolean hasOwnPhysical =
        machine.parent().isPresent()
            && (physical
                || machine.secondLevel().kind() != SecondLevel.Kind.SHADOW
                || dimensions.size() > 1);
    int index = physical ? 0 : 1;
    return hasOwnPhysical && trace.stops().size() > index
        ? OptionalLong.of(trace.stops().get(index))
        : OptionalLong.empty();
  }
}
