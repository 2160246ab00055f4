package io.nestwalk.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nestwalk.answer.BpfAnswer;
import io.nestwalk.answer.Subject;
import io.nestwalk.machine.Machine;
import io.nestwalk.system.BpfObjects;
import io.nestwalk.system.GuestSystem;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Lists programs and maps of BPF. */
@Command(
    name = "bpf",
    description = {
      "Lists the eBPF programs of every machine, or of one: who loaded them and when, which of the"
          + " kernel's functions they call, which maps they use, who has them open, where they are"
          + " pinned and what they are attached to; with --maps the maps,"
          + " with --instructions their code.",
      "Attachments are those of links, sockets, perf events that a process has open, control"
          + " groups, and of network devices XDP, tcx, netkit and the filters and actions of"
          + " traffic control (tc); programs that only others call are attached to nothing. A"
          + " program that the kernel's list of numbers lacks and something else leads to was"
          + " hidden: it is marked."
    },
    mixinStandardHelpOptions = true,
    addMethodSubcommands = false)
final class BpfCommand extends ListingCommand {

  private static final Listing PROGRAMS =
      new Listing(
          Subject.BPF_PROGRAM,
          "programs",
          GuestSystem.Subject.BPF_OBJECTS,
          List.of(
              Column.of("MACHINE", "machine"),
              new Column("ID", row -> "%5d".formatted(row.path("id").asInt())),
              Column.of("TYPE", "type"),
              new Column("NAME", BpfCommand::name),
              Column.of("TAG", "tag"),
              Column.of("LOADED", "loadTime"),
              Column.of("UID", "uid"),
              Column.of("CODE", "code"),
              Column.of("MAPS", "maps"),
              new Column("ATTACHED", row -> joined(row.path("attachments"), "kind", "target")),
              new Column("HELD BY", BpfCommand::holders),
              Column.of("CALLS", "helpers")));

  private static final Listing MAPS =
      new Listing(
          Subject.BPF_MAP,
          "maps",
          GuestSystem.Subject.BPF_OBJECTS,
          List.of(
              Column.of("MACHINE", "machine"),
              new Column("ID", row -> "%5d".formatted(row.path("id").asInt())),
              Column.of("TYPE", "type"),
              Column.of("NAME", "name"),
              Column.of("KEY", "keySize"),
              Column.of("VALUE", "valueSize"),
              Column.of("ENTRIES", "maxEntries"),
              Column.of("FLAGS", "flags"),
              Column.of("PROGRAMS", "programs"),
              new Column("HELD BY", BpfCommand::holders),
              Column.of("OBJECT", "object")));

  private static final Listing INSTRUCTIONS =
      new Listing(
          Subject.BPF_INSTRUCTION,
          "instructions",
          GuestSystem.Subject.BPF_OBJECTS,
          List.of(
              Column.of("MACHINE", "machine"),
              new Column("ID", row -> "%5d".formatted(row.path("id").asInt())),
              Column.of("PROGRAM", "program"),
              Column.of("FORM", "form"),
              Column.of("INDEX", "index"),
              Column.of("ADDRESS", "address"),
              Column.of("BYTES", "bytes"),
              Column.of("TEXT", "text")));

  @ArgGroup private What what = new What();

  /** What is listed in the place of the programs. */
  private static final class What {

    @Option(names = "--maps", description = "list the maps and not the programs")
    private boolean maps;

    @Option(
        names = "--instructions",
        description = {
          "list the programs' instructions: BPF's as the verifier left them, with the names of"
              + " functions and maps, and those that they were compiled to where the system has"
              + " Capstone (libcapstone 4 or 5)"
        })
    private boolean instructions;
  }

  @Override
  Listing listing() {
    return what.maps ? MAPS : what.instructions ? INSTRUCTIONS : PROGRAMS;
  }

  @Override
  void collect(Session session, Machine machine, GuestSystem system, List<ObjectNode> rows) {
    BpfObjects objects = system.bpf();
    objects.missing().forEach(each -> session.note("%s: %s".formatted(machine.id(), each)));
    if (what.instructions) {
      new BpfInstructions(session, machine, system, objects).collect(rows);
    } else if (what.maps) {
      objects.maps().forEach(each -> rows.add(BpfAnswer.map(machine.id(), each)));
    } else {
      objects.programs().forEach(each -> rows.add(BpfAnswer.program(machine.id(), each)));
    }
  }

  private static String name(ObjectNode row) {
    return text(row.path("name")) + (row.path("hidden").asBoolean() ? " <- hidden" : "");
  }

  /** Processes with the descriptor, and paths. */
  private static String holders(ObjectNode row) {
    List<String> parts = new ArrayList<>();
    for (JsonNode each : row.path("holders")) {
      parts.add(
          "%d (%s) %d"
              .formatted(
                  each.path("pid").asInt(),
                  text(each.path("process")),
                  each.path("descriptor").asInt()));
    }
    row.path("pins").forEach(each -> parts.add(text(each)));
    return parts.isEmpty() ? "-" : String.join(", ", parts);
  }

  private static String joined(JsonNode list, String first, String second) {
    List<String> parts = new ArrayList<>();
    list.forEach(each -> parts.add(text(each.path(first)) + " " + text(each.path(second))));
    return parts.isEmpty() ? "-" : String.join(", ", parts);
  }
}
