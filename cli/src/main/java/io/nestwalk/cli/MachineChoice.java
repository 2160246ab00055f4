package io.nestwalk.cli;

import io.nestwalk.machine.Machine;
import io.nestwalk.session.NotFoundException;
import java.util.List;
import java.util.Optional;
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
   * that other. None, with a warning, for a machine on which a hypervisor runs in place of a
   * system.
   *
   * @throws NotFoundException when there is none
   */
  List<Machine> recognised(Session session) throws NotFoundException {
    return session.recognised(Optional.ofNullable(machine));
  }
}
