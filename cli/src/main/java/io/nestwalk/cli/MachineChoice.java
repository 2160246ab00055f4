package io.nestwalk.cli;

import io.nestwalk.machine.Machine;
import java.util.List;
import picocli.CommandLine.Option;

/** Whose operating systems a command asks: one machine's, or all that are recognised. */
final class MachineChoice {

  @Option(
      names = "--machine",
      paramLabel = "M",
      description = "only this machine's: host, vm1, vm1.vm1 ...")
  private String machine;

  /**
   * The machines, each with a system that is recognised; for one that is another's system again
   * that other.
   *
   * @throws NotFoundException when there is none
   */
  List<Machine> recognised(Session session) throws NotFoundException {
    if (machine != null) {
      Machine named = session.machine(machine);
      Machine chosen =
          named.sameSystemAs().isPresent() ? session.machine(named.sameSystemAs().get()) : named;
      session.requiredSystem(chosen);
      return List.of(chosen);
    }
    List<Machine> all =
        session.machines().all().stream().filter(each -> each.system().isPresent()).toList();
    if (all.isEmpty()) {
      throw new NotFoundException("no operating system is recognised in any machine");
    }
    return all;
  }
}
