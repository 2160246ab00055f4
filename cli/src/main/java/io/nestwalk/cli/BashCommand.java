package io.nestwalk.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nestwalk.answer.Hex;
import io.nestwalk.answer.Json;
import io.nestwalk.answer.Subject;
import io.nestwalk.machine.Machine;
import io.nestwalk.system.GuestProcess;
import io.nestwalk.system.GuestSystem;
import io.nestwalk.system.ShellCommand;
import java.util.List;
import picocli.CommandLine.Command;

/** Shows what was typed into shells. */
@Command(
    name = "bash",
    description =
        "Shows the commands that every running bash has in its history, with their times, of every"
            + " machine or of one. Other shells keep none that is known here.",
    mixinStandardHelpOptions = true,
    addMethodSubcommands = false)
final class BashCommand extends ListingCommand {

  private static final Listing LISTING =
      new Listing(
          Subject.SHELL_COMMAND,
          "commands",
          GuestSystem.Subject.SHELL_HISTORY,
          List.of(
              Column.of("MACHINE", "machine"),
              Column.of("PID", "pid"),
              Column.of("PROCESS", "process"),
              Column.of("TIME", "time"),
              Column.of("COMMAND", "command")));

  @Override
  Listing listing() {
    return LISTING;
  }

  @Override
  void collect(Session session, Machine machine, GuestSystem system, List<ObjectNode> rows) {
    for (GuestProcess process : system.processes()) {
      for (ShellCommand each : system.shellHistory(process)) {
        ObjectNode row = Json.object();
        row.put("machine", machine.id());
        row.put("pid", process.pid());
        row.put("process", process.name());
        row.put("time", each.time().toString());
        row.put("command", each.text());
        row.put("address", Hex.of(each.address()));
        rows.add(row);
      }
    }
  }
}
