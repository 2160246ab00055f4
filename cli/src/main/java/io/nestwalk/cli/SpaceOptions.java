package io.nestwalk.cli;

import io.nestwalk.answer.Hex;
import io.nestwalk.image.Memory;
import io.nestwalk.machine.Machine;
import io.nestwalk.machine.SecondLevel;
import io.nestwalk.paging.PagingMode;
import io.nestwalk.roots.Root;
import io.nestwalk.system.GuestProcess;
import io.nestwalk.system.GuestSystem;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** Which memory of which machine an address means. */
final class SpaceOptions {

  @Option(
      names = "--machine",
      paramLabel = "M",
      description = "the machine: host, vm1, vm1.vm1 ... (default: ${DEFAULT-VALUE})")
  private String machine = Machine.HOST;

  @ArgGroup private Selector selector = new Selector();

  /** At most one of these; none means the space that the machine's first CPU had. */
  static final class Selector {

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

    boolean isGiven() {
      return pid != null || root != null || kernel || physical;
    }
  }

  /** The memory that the user means. */
  Space resolve(Session session, CommandLine command) throws NotFoundException {
    Machine chosen = session.machine(machine);
    List<String> dimensions = new ArrayList<>();
    Memory memory;
    if (selector.physical) {
      memory = chosen.physical();
    } else {
      memory = virtual(session, chosen, command);
      String layer = isShadowWalk(chosen) ? chosen.secondLevel().kind().toString() : "guest";
      dimensions.add(chosen.parent().isEmpty() ? Machine.HOST : label(chosen, layer));
    }
    Machine level = chosen;
    while (level.parent().isPresent() && !isShadowWalk(level)) {
      dimensions.add(label(level, level.secondLevel().kind().toString()));
      level = session.machine(level.parent().get());
    }
    Optional<String> process =
        selector.pid == null
            ? Optional.empty()
            : Optional.of(session.process(chosen, selector.pid).name());
    return new Space(
        chosen, memory, selector.physical, List.copyOf(dimensions), process, selector.isGiven());
  }

  /** A shadow walk goes straight from the guest's virtual addresses to the parent's memory. */
  private boolean isShadowWalk(Machine level) {
    return level.secondLevel().kind() == SecondLevel.Kind.SHADOW
        && selector.root == null
        && selector.pid == null
        && !selector.kernel;
  }

  /** One guest needs no name beside its layer; of several nested ones each does. */
  private String label(Machine of, String layer) {
    return machine.indexOf('.') < 0 ? layer : of.id() + " " + layer;
  }

  private Memory virtual(Session session, Machine chosen, CommandLine command)
      throws NotFoundException {
    if (selector.pid != null) {
      GuestProcess process = session.process(chosen, selector.pid);
      return session
          .requiredSystem(chosen)
          .memoryOf(process)
          .orElseThrow(
              () ->
                  new NotFoundException(
                      "%s: process %d (%s) has no memory of its own"
                          .formatted(machine, process.pid(), process.name())));
    }
    if (selector.root != null) {
      PagingMode mode = modeOf(chosen, selector.root);
      if (mode.rootOf(selector.root) != selector.root) {
        throw new ParameterException(
            command,
            "--root %s is no root of %s tables: it is not aligned, or too large; did you mean %s?"
                .formatted(Hex.of(selector.root), mode.name(), Hex.of(mode.rootOf(selector.root))));
      }
      return chosen.space(mode, selector.root);
    }
    if (selector.kernel) {
      Optional<GuestSystem> system = chosen.system();
      if (system.isPresent()) {
        return system.get().kernelMemory();
      }
      Root kernel =
          chosen.roots().stream()
              .findFirst()
              .orElseThrow(() -> new NotFoundException(machine + ": no kernel root is known"));
      return chosen.space(kernel.mode(), kernel.address());
    }
    return chosen
        .currentSpace()
        .orElseThrow(
            () ->
                new NotFoundException(
                    machine + ": no page-table root is known; name one with --root"));
  }

  /** The mode of a root that the user names; one that no table could begin at is refused. */
  private PagingMode modeOf(Machine chosen, long root) throws NotFoundException {
    PagingMode usual = chosen.usualMode();
    return chosen
        .modeOf(root)
        .orElseThrow(
            () ->
                new NotFoundException(
                    "%s: no root at 0x%x: those of %s tables are aligned to %d bytes"
                        .formatted(machine, root, usual, usual.rootAlignment())));
  }
}
