package io.nestwalk.cli;

import io.nestwalk.answer.Hex;
import io.nestwalk.machine.Machine;
import io.nestwalk.paging.PagingMode;
import io.nestwalk.session.NotFoundException;
import io.nestwalk.session.Selector;
import io.nestwalk.session.Space;
import java.util.Optional;
import java.util.OptionalLong;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Which memory of which machine an address means. */
final class SpaceOptions {

  @Spec(Spec.Target.MIXEE)
  private CommandSpec command;

  @Option(
      names = "--machine",
      paramLabel = "M",
      description = "the machine: host, vm1, vm1.vm1 ... (default: ${DEFAULT-VALUE})")
  private String machine = Machine.HOST;

  @ArgGroup private Choice selector = new Choice();

  /** At most one of these; none means the space that the machine's first CPU had. */
  static final class Choice {

    @Option(names = "--pid", paramLabel = "N", description = "virtual in the space of this process")
    private Integer pid;

    @Option(
        names = "--root",
        paramLabel = "ROOT",
        converter = AddressConverter.class,
        description = "virtual under this page-table root (CR3), physical in that machine")
    private Long root;

    @Option(names = "--kernel", description = "virtual in the kernel's space")
    private boolean kernel;

    @Option(names = "--physical", description = "the address is physical in that machine")
    private boolean physical;

    private Selector toSelector() {
      if (pid != null) {
        return Selector.process(pid);
      }
      if (root != null) {
        return Selector.root(root);
      }
      if (kernel) {
        return Selector.KERNEL;
      }
      return physical ? Selector.PHYSICAL : Selector.CURRENT;
    }
  }

  /**
   * The memory that a name of the kernel's means: the kernel's, where the user chose no other.
   *
   * @throws NotFoundException when the machine has no such symbol
   */
  Named named(Session session, String name) throws NotFoundException {
    Machine chosen = session.machine(machine);
    OptionalLong address = session.requiredSystem(chosen).symbols().address(name);
    if (address.isEmpty()) {
      throw new NotFoundException(
          "%s has no symbol '%s'; an address begins with 0x or is a decimal number"
              .formatted(chosen.id(), Printable.of(name)));
    }
    boolean any = selector.toSelector().equals(Selector.CURRENT);
    return new Named(
        any ? session.space(machine, Selector.KERNEL) : resolve(session), address.getAsLong());
  }

  /**
   * What a name means.
   *
   * @param space the memory
   * @param address in it
   */
  record Named(Space space, long address) {}

  /** The memory that the user means. */
  Space resolve(Session session) throws NotFoundException {
    if (selector.root != null) {
      refuseNoRoot(session.machine(machine), selector.root);
    }
    return session.space(machine, selector.toSelector());
  }

  /** An address at which no table of the machine's can begin was mistyped. */
  private void refuseNoRoot(Machine chosen, long root) {
    if (chosen.modeOf(root).isEmpty()) {
      PagingMode usual = chosen.usualMode();
      throw new ParameterException(
          command.commandLine(),
          "--root %s is no root of %s tables: it is not aligned, or too large; did you mean %s?"
              .formatted(Hex.of(root), usual.name(), Hex.of(usual.rootAt(root))));
    }
  }

  /** Where an address may be found that a space does not have; empty where that is not known. */
  static Optional<String> hint(Space space, long address) {
    if (space.chosen() || !space.isKernelAddress(address)) {
      return Optional.empty();
    }
    return Optional.of(
        space.isUserHalf()
            ? "the CPU was in the user half of isolated tables; --kernel has this address"
            : "--kernel has this address");
  }
}
