package io.nestwalk.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nestwalk.answer.ContextAnswer;
import io.nestwalk.answer.Subject;
import io.nestwalk.machine.Machine;
import io.nestwalk.session.NotFoundException;
import io.nestwalk.system.GuestProcess;
import io.nestwalk.system.GuestSystem;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Shows in what surroundings processes run. */
@Command(
    name = "env",
    description = {
      "Shows of every process, or of one, its arguments, environment, working directory,"
          + " credentials and capabilities."
    },
    mixinStandardHelpOptions = true,
    addMethodSubcommands = false)
final class EnvCommand extends ListingCommand {

  private static final Listing LISTING =
      new Listing(
          Subject.CONTEXT,
          "processes",
          GuestSystem.Subject.ENVIRONMENTS,
          List.of(
              Column.of("MACHINE", "machine"),
              Column.of("PID", "pid"),
              Column.of("PROCESS", "process"),
              new Column("UID", row -> text(row.path("credentials").path("uid"))),
              new Column("EUID", row -> text(row.path("credentials").path("euid"))),
              new Column("CAPABILITIES", row -> text(row.path("capabilities").path("effective"))),
              Column.of("CWD", "workingDirectory"),
              new Column("ENVIRONMENT", row -> words(row, "environment"))));

  @Option(names = "--pid", paramLabel = "N", description = "only this process")
  private Integer pid;

  private boolean found;

  @Override
  Listing listing() {
    return LISTING;
  }

  private static String words(ObjectNode row, String key) {
    StringBuilder words = new StringBuilder();
    row.path(key).forEach(each -> words.append(words.isEmpty() ? "" : " ").append(text(each)));
    return words.toString();
  }

  @Override
  void collect(Session session, Machine machine, GuestSystem system, List<ObjectNode> rows) {
    if (system.unknown().contains(GuestSystem.Subject.CONTEXTS)) {
      session.note(unknown(machine, GuestSystem.Subject.CONTEXTS));
    }
    for (GuestProcess process : chosen(system, pid)) {
      found = true;
      rows.add(
          ContextAnswer.of(
              machine.id(),
              process,
              system.context(process),
              system.arguments(process),
              system.environment(process)));
    }
  }

  @Override
  List<ObjectNode> arranged(List<ObjectNode> rows) throws NotFoundException {
    requireFound(pid, found);
    return rows;
  }
}
