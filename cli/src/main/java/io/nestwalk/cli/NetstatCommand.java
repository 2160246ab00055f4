package io.nestwalk.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nestwalk.answer.SocketAnswer;
import io.nestwalk.answer.Subject;
import io.nestwalk.machine.Machine;
import io.nestwalk.system.GuestSystem;
import java.util.List;
import picocli.CommandLine.Command;

/** Lists sockets. */
@Command(
    name = "netstat",
    description = {
      "Lists the sockets of every machine, or of one: TCP, UDP, raw, Unix, packet and netlink.",
      "They are taken from the descriptors of processes and from the kernel's own tables, so that"
          + " those without a process are seen too; SEEN BY says which of the two has each."
    },
    mixinStandardHelpOptions = true,
    addMethodSubcommands = false)
final class NetstatCommand extends ListingCommand {

  private static final Listing LISTING =
      new Listing(
          Subject.SOCKET,
          "sockets",
          GuestSystem.Subject.SOCKETS,
          List.of(
              Column.of("MACHINE", "machine"),
              Column.of("PROTO", "protocol"),
              new Column("LOCAL", row -> SocketColumns.end(row, "local")),
              new Column("REMOTE", row -> SocketColumns.end(row, "remote")),
              Column.of("STATE", "state"),
              Column.of("INODE", "inode"),
              Column.of("SEEN BY", "seenBy"),
              new Column("HOLDERS", row -> SocketColumns.holders(row.path("holders"))),
              new Column("PROCESS", row -> text(row.path("holders").path(0).path("process")))));

  @Override
  Listing listing() {
    return LISTING;
  }

  @Override
  void collect(Session session, Machine machine, GuestSystem system, List<ObjectNode> rows) {
    rows.addAll(
        SocketAnswer.all(
            machine.id(), system, line -> session.note(machine.id() + ": sockets: " + line)));
  }
}
