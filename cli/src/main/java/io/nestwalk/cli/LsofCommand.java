package io.nestwalk.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nestwalk.answer.Holders;
import io.nestwalk.answer.OpenFileAnswer;
import io.nestwalk.answer.SocketAnswer.Holder;
import io.nestwalk.answer.Subject;
import io.nestwalk.machine.Machine;
import io.nestwalk.session.NotFoundException;
import io.nestwalk.system.GuestProcess;
import io.nestwalk.system.GuestSystem;
import io.nestwalk.system.OpenFile;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Lists what processes have open. */
@Command(
    name = "lsof",
    description = {
      "Lists the files, pipes and sockets that processes have open, in every machine or in one.",
      "Of Windows all handles are listed: KIND is the type of an object that is no file, PATH its"
          + " name in the tree of objects or in the registry.",
      "OTHERS says who else has a pipe or socket, or the socket at its other end, as"
          + " PID/DESCRIPTOR."
    },
    mixinStandardHelpOptions = true,
    addMethodSubcommands = false)
final class LsofCommand extends ListingCommand {

  private static final Listing LISTING =
      new Listing(
          Subject.OPEN_FILE,
          "files",
          GuestSystem.Subject.OPEN_FILES,
          List.of(
              Column.of("MACHINE", "machine"),
              Column.of("PID", "pid"),
              Column.of("PROCESS", "process"),
              Column.of("FD", "descriptor"),
              new Column("KIND", LsofCommand::kind),
              Column.of("MODE", "access"),
              Column.of("OFFSET", "offset"),
              new Column("OTHERS", row -> SocketColumns.holders(row.path("others"))),
              new Column("PATH", LsofCommand::path)));

  @Option(names = "--pid", paramLabel = "N", description = "only what this process has open")
  private Integer pid;

  private boolean found;

  @Override
  Listing listing() {
    return LISTING;
  }

  private static String kind(ObjectNode row) {
    String kind = text(row.path("kind"));
    return row.has("type") && kind.equals(OpenFile.Kind.OTHER.toString())
        ? text(row.path("type"))
        : kind;
  }

  private static String path(ObjectNode row) {
    String path = text(row.path("path"));
    return row.has("socket")
        ? path + "  " + SocketColumns.describe((ObjectNode) row.path("socket"))
        : path;
  }

  @Override
  void collect(Session session, Machine machine, GuestSystem system, List<ObjectNode> rows) {
    Holders holders = Holders.in(system);
    for (GuestProcess process : chosen(system, pid)) {
      found = true;
      for (OpenFile file : holders.filesOf(process)) {
        List<Holder> others = holders.others(process, file);
        rows.add(OpenFileAnswer.of(machine.id(), process, file, others));
      }
    }
  }

  @Override
  List<ObjectNode> arranged(List<ObjectNode> rows) throws NotFoundException {
    requireFound(pid, found);
    return rows;
  }
}
