package io.nestwalk.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nestwalk.answer.Answer;
import io.nestwalk.answer.Subject;
import io.nestwalk.machine.Machine;
import io.nestwalk.session.NotFoundException;
import io.nestwalk.system.GuestProcess;
import io.nestwalk.system.GuestSystem;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.function.Function;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** A command that lists one kind of thing of every machine's system, or of one machine's. */
abstract class ListingCommand implements Callable<Integer> {

  @Spec private CommandSpec spec;
  @Mixin private Images image;
  @Mixin private MachineChoice choice;
  @Mixin private TableOptions output;

  /**
   * What is listed.
   *
   * @param subject of the rows
   * @param name the key of the rows in a JSON answer
   * @param needed what a system must be able to tell, each of it
   * @param columns of the table for people
   */
  record Listing(
      Subject subject, String name, Set<GuestSystem.Subject> needed, List<Column> columns) {

    /** A list of what one thing is needed for. */
    Listing(Subject subject, String name, GuestSystem.Subject needed, List<Column> columns) {
      this(subject, name, Set.of(needed), columns);
    }
  }

  /**
   * A column of a table.
   *
   * @param cell of a row
   */
  record Column(String header, Function<ObjectNode, String> cell) {

    /** The value of one key. */
    static Column of(String header, String key) {
      return new Column(header, row -> text(row.path(key)));
    }
  }

  abstract Listing listing();

  /** Adds the rows of a machine whose system can tell them. */
  abstract void collect(Session session, Machine machine, GuestSystem system, List<ObjectNode> rows)
      throws NotFoundException;

  /** Sees to the command line before there is any work. */
  void prepare(CommandSpec line) {
    // Nothing to see to.
  }

  /** Changes the list before it is shown, when all machines have been asked. */
  List<ObjectNode> arranged(List<ObjectNode> rows) throws NotFoundException {
    return rows;
  }

  /** Puts more beside the rows of an answer. */
  Answer completed(Answer answer) {
    return answer;
  }

  /** How the answer is shown. */
  OutputFormat format() {
    return output.format();
  }

  /** Prints something else in the place of the table; answers whether it did. */
  boolean printTable(PrintWriter out) {
    return false;
  }

  /** Prints more below the table. */
  void printBelow(PrintWriter out) {
    // Nothing more.
  }

  @Override
  public Integer call() throws Exception {
    PrintWriter out = spec.commandLine().getOut();
    PrintWriter err = spec.commandLine().getErr();
    prepare(spec);
    Listing listing = listing();
    try (Session session = Session.open(image, err)) {
      List<ObjectNode> rows = new ArrayList<>();
      for (Machine machine : choice.recognised(session)) {
        GuestSystem system = session.requiredSystem(machine);
        Set<GuestSystem.Subject> unknown = EnumSet.noneOf(GuestSystem.Subject.class);
        unknown.addAll(listing.needed());
        unknown.retainAll(system.unknown());
        // An empty list must not pass for "none".
        unknown.forEach(each -> session.note(unknown(machine, each)));
        if (unknown.isEmpty()) {
          collect(session, machine, system, rows);
        }
      }
      List<ObjectNode> shown = arranged(rows);
      if (output.isOwnTable()) {
        if (!printTable(out)) {
          table(listing, output.chosen(listing.subject(), shown, Function.identity()), out);
        }
        printBelow(out);
        session.warn(err);
      } else {
        new AnswerWriter(out, err)
            .write(
                completed(new Answer(listing.subject(), listing.name(), shown, session.coverage())),
                output);
      }
    }
    return ExitCode.DONE;
  }

  private static void table(Listing listing, List<ObjectNode> rows, PrintWriter out) {
    TextTable table =
        new TextTable(listing.columns().stream().map(Column::header).toArray(String[]::new));
    for (ObjectNode row : rows) {
      table.row(listing.columns().stream().map(each -> each.cell().apply(row)).toArray());
    }
    table.print(out);
  }

  /** A value for people: text of a guest's is made harmless, a list stands with commas. */
  static String text(JsonNode value) {
    if (value.isMissingNode()) {
      return "-";
    }
    if (value.isArray()) {
      List<String> parts = new ArrayList<>();
      value.forEach(each -> parts.add(text(each)));
      return parts.isEmpty() ? "-" : String.join(",", parts);
    }
    return Printable.of(value.asText());
  }

  /** A warning that a system does not tell something. */
  static String unknown(Machine machine, GuestSystem.Subject subject) {
    String name = subject.toString();
    return "%s: its %s %s not known"
        .formatted(machine.id(), name, name.endsWith("s") ? "are" : "is");
  }

  /**
   * The processes that a user asked for.
   *
   * @param pid of one; null for all
   */
  static List<GuestProcess> chosen(GuestSystem system, Integer pid) {
    return system.processes().stream().filter(each -> pid == null || each.pid() == pid).toList();
  }

  /** Where one process was asked for, it must be somewhere. */
  static void requireFound(Integer pid, boolean found) throws NotFoundException {
    if (pid != null && !found) {
      throw new NotFoundException("no process %d".formatted(pid));
    }
  }
}
