package io.nestwalk.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nestwalk.answer.MountAnswer;
import io.nestwalk.answer.Subject;
import io.nestwalk.machine.Machine;
import io.nestwalk.system.GuestSystem;
import java.util.List;
import picocli.CommandLine.Command;

/** Lists mounted file systems. */
@Command(
    name = "mounts",
    description =
        "Lists the mounted file systems of every machine, or of one, namespace by namespace.",
    mixinStandardHelpOptions = true,
    addMethodSubcommands = false)
final class MountsCommand extends ListingCommand {

  private static final Listing LISTING =
      new Listing(
          Subject.MOUNT,
          "mounts",
          GuestSystem.Subject.MOUNTS,
          List.of(
              Column.of("MACHINE", "machine"),
              Column.of("NAMESPACE", "namespace"),
              Column.of("ID", "id"),
              Column.of("PARENT", "parent"),
              Column.of("SOURCE", "source"),
              Column.of("TYPE", "type"),
              Column.of("OPTIONS", "options"),
              Column.of("ROOT", "root"),
              Column.of("POINT", "point")));

  @Override
  Listing listing() {
    return LISTING;
  }

  @Override
  void collect(Session session, Machine machine, GuestSystem system, List<ObjectNode> rows) {
    system.mounts().forEach(mount -> rows.add(MountAnswer.of(machine.id(), mount)));
  }
}
