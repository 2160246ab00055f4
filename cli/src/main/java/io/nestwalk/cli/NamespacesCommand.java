package io.nestwalk.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nestwalk.answer.NamespaceAnswer;
import io.nestwalk.answer.Subject;
import io.nestwalk.machine.Machine;
import io.nestwalk.system.GuestSystem;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Lists namespaces. */
@Command(
    name = "namespaces",
    description = {
      "Lists the namespaces of every machine, or of one, with the processes that are in each.",
      "Those that are not the machine's own are a container's."
    },
    mixinStandardHelpOptions = true,
    addMethodSubcommands = false)
final class NamespacesCommand extends ListingCommand {

  private static final Listing LISTING =
      new Listing(
          Subject.NAMESPACE,
          "namespaces",
          GuestSystem.Subject.CONTEXTS,
          List.of(
              Column.of("MACHINE", "machine"),
              Column.of("KIND", "kind"),
              Column.of("NUMBER", "number"),
              new Column("OWN", row -> row.path("initial").asBoolean() ? "yes" : "no"),
              Column.of("PROCESSES", "processes"),
              Column.of("FIRST", "first")));

  @Option(names = "--containers", description = "only those that are not the machine's own")
  private boolean containers;

  @Override
  Listing listing() {
    return LISTING;
  }

  @Override
  void collect(Session session, Machine machine, GuestSystem system, List<ObjectNode> rows) {
    List<ObjectNode> all = NamespaceAnswer.of(machine.id(), system.processes());
    if (all.isEmpty()) {
      session.note(
          "%s: its namespaces are not known, or its system has none".formatted(machine.id()));
    }
    all.stream().filter(row -> !containers || !row.path("initial").asBoolean()).forEach(rows::add);
  }
}
