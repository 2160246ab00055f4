package io.nestwalk.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nestwalk.answer.Answer;
import io.nestwalk.answer.CheckAnswer;
import io.nestwalk.answer.Json;
import io.nestwalk.answer.Subject;
import io.nestwalk.disassembly.Instruction;
import io.nestwalk.disassembly.InstructionSet;
import io.nestwalk.machine.Machine;
import io.nestwalk.system.CheckResult;
import io.nestwalk.system.GuestSystem;
import io.nestwalk.system.Suspicion;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;
import picocli.CommandLine.Command;

/** Looks for changes of kernels. */
@Command(
    name = "check",
    description = {
      "Looks in the kernel of every machine, or of one, for what rootkits change: tables of system"
          + " calls and interrupts, hooks by ftrace, kprobes and netfilter, hidden modules, shared"
          + " credentials, code of kernel threads, operations of files and of /proc, notifiers,"
          + " eBPF programs, code that was remapped or leads elsewhere, executable memory that is"
          + " writable or that nothing owns.",
      "Beside a finding stands the code in question: what was changed, from the first difference or"
          + " its function's start on, and what is led to; as instructions where one is known to"
          + " begin there and the system has Capstone (libcapstone 4 or 5), else as bytes.",
      "Below the findings stands what each check examined and what it could not: only where that"
          + " is more than none does an empty list say something."
    },
    mixinStandardHelpOptions = true,
    addMethodSubcommands = false)
final class CheckCommand extends ListingCommand {

  private static final Listing LISTING =
      new Listing(
          Subject.CHECK,
          "findings",
          GuestSystem.Subject.CHECKS,
          List.of(
              Column.of("MACHINE", "machine"),
              Column.of("RULE", "rule"),
              Column.of("ADDRESS", "address"),
              Column.of("TARGET", "target"),
              Column.of("IN", "targetName"),
              Column.of("TEXT", "text"),
              new Column("CODE", CheckCommand::code)));

  private final ArrayNode examined = Json.MAPPER.createArrayNode();
  private final ShownInstructions instructions = new ShownInstructions();

  @Override
  Listing listing() {
    return LISTING;
  }

  @Override
  void collect(Session session, Machine machine, GuestSystem system, List<ObjectNode> rows) {
    boolean shown = false;
    for (CheckResult check : system.checks()) {
      examined.add(CheckAnswer.examined(machine.id(), check));
      for (Suspicion each : check.found()) {
        rows.add(CheckAnswer.found(machine.id(), check, each, instructions(machine)));
        shown |= each.code().stream().anyMatch(Suspicion.Code::entry);
      }
    }
    if (shown) {
      instructions.advise(session, machine);
    }
  }

  private BiFunction<byte[], Long, List<Instruction>> instructions(Machine machine) {
    InstructionSet set = InstructionSet.of(machine.architecture());
    return (bytes, address) -> instructions.of(set, bytes, address);
  }

  /** Each piece of code: its first instructions, or its bytes. */
  private static String code(ObjectNode row) {
    List<String> pieces = new ArrayList<>();
    for (JsonNode each : row.path("code")) {
      String first = ShownInstructions.first(each);
      pieces.add(
          each.path("address").asText()
              + ": "
              + (first.isEmpty() ? each.path("bytes").asText() : first));
    }
    return pieces.isEmpty() ? "-" : String.join(" | ", pieces);
  }

  @Override
  Answer completed(Answer answer) {
    return answer.with("examined", examined);
  }

  @Override
  void printBelow(PrintWriter out) {
    if (examined.isEmpty()) {
      out.println("nothing was examined");
      return;
    }
    long found = examined.valueStream().mapToLong(each -> each.path("found").asLong()).sum();
    out.println(found == 0 ? "nothing found in what was examined\n" : "");
    TextTable table = new TextTable("MACHINE", "RULE", "EXAMINED", "FOUND", "NOT EXAMINED");
    for (JsonNode each : examined) {
      JsonNode omitted = each.path("omitted");
      table.row(
          each.path("machine").asText(),
          each.path("rule").asText(),
          "%8d".formatted(each.path("examined").asLong()),
          "%5d".formatted(each.path("found").asInt()),
          omitted.isEmpty()
              ? ""
              : Printable.of(omitted.path(0).asText())
                  + (omitted.size() > 1 ? "; %d more".formatted(omitted.size() - 1) : ""));
    }
    table.print(out);
  }
}
