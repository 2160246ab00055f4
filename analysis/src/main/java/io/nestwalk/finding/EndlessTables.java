package io.nestwalk.finding;

import io.nestwalk.machine.Machine;
import io.nestwalk.memory.Budget;
import io.nestwalk.memory.SpacePart;
import io.nestwalk.system.GuestProcess;
import io.nestwalk.system.GuestSystem;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A space whose tables map more than the image has memory for. Tables of one space may take what
 * {@link Budget#forSpace} allows, those of all spaces together {@link Budget#forAllSpaces}.
 */
public final class EndlessTables {

  private final Machine machine;
  private final Budget all;
  private final List<Finding> findings = new ArrayList<>();

  private EndlessTables(Machine machine, Budget all) {
    this.machine = machine;
    this.all = all;
  }

  /**
   * The findings of a machine, in the order of its spaces: physical memory, kernel, processes.
   *
   * @param all what the spaces of all machines may take
   */
  static List<Finding> in(Machine machine, Budget all) {
    EndlessTables search = new EndlessTables(machine, all);
    machine
        .physicalLayer()
        .ifPresent(layer -> search.look(SpacePart.all(layer), "guest-physical memory"));
    Optional<GuestSystem> system = machine.system();
    if (system.isEmpty()) {
      machine
          .currentSpace()
          .ifPresent(space -> search.look(SpacePart.all(space), "virtual memory"));
      return search.findings;
    }
    search.look(SpacePart.kernelOf(system.get().kernelMemory()), "kernel memory");
    for (GuestProcess process : system.get().processes()) {
      if (!process.kernelThread()) {
        system
            .get()
            .userMemoryOf(process)
            .ifPresent(
                memory ->
                    search.look(SpacePart.userOf(memory), "process %d".formatted(process.pid())));
      }
    }
    return search.findings;
  }

  private void look(SpacePart part, String name) {
    Budget own = Budget.forSpace(machine.physical()).within(all);
    if (!part.show(own, run -> {}).complete()) {
      findings.add(of(machine.id(), name));
    }
  }

  /**
   * The finding about one space.
   *
   * @param space what it is: "kernel memory"
   */
  public static Finding of(String machine, String space) {
    return Finding.of(
        Rule.ENDLESS_TABLES, machine, space + ": tables map more than the image has memory for");
  }
}
