package io.nestwalk.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nestwalk.answer.Answer;
import io.nestwalk.answer.ControlAnswer;
import io.nestwalk.answer.Hex;
import io.nestwalk.answer.Json;
import io.nestwalk.answer.Subject;
import io.nestwalk.control.ControlField;
import io.nestwalk.control.ControlSearch;
import io.nestwalk.control.ControlStructure;
import io.nestwalk.wording.Count;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Shows control structures and control registers. */
@Command(
    name = "control",
    description = {
      "Lists the fields of VMCSes, VMCBs and host-save areas that machines are known by, and the"
          + " control registers of CPUs, with what their values mean.",
      "Where a processor's own layout had to be inferred, the fields that were located are shown,"
          + " and how much of the structure is not decoded. The copy in memory of a VMCS that is"
          + " loaded on a CPU may be older than what the CPU holds."
    },
    mixinStandardHelpOptions = true,
    addMethodSubcommands = false)
final class ControlCommand implements Callable<Integer> {

  @Spec private CommandSpec spec;
  @Mixin private Images image;

  @Option(
      names = "--machine",
      paramLabel = "M",
      description = "only structures in this machine's memory or for this guest, and its CPUs")
  private String machine;

  @Option(names = "--zeros", description = "in a table: fields whose value is 0 too")
  private boolean zeros;

  @Mixin private TableOptions output;

  @Override
  public Integer call() throws Exception {
    PrintWriter out = spec.commandLine().getOut();
    PrintWriter err = spec.commandLine().getErr();
    try (Session session = Session.open(image, err)) {
      if (machine != null) {
        session.machine(machine);
      }
      List<ControlStructure> found =
          ControlSearch.in(session.machines()).stream()
              .filter(
                  each ->
                      machine == null
                          || each.machine().equals(machine)
                          || each.guest().filter(machine::equals).isPresent())
              .toList();
      if (found.isEmpty()) {
        session.note(
            "no control structure or control register is known: images without CPUs have none,"
                + " and tables of ARM and RISC-V are found without");
      }
      if (output.isOwnTable() && !output.isSelective()) {
        found.forEach(each -> print(each, out));
        session.warn(err);
      } else {
        List<ObjectNode> rows = new ArrayList<>();
        ArrayNode structures = Json.MAPPER.createArrayNode();
        for (ControlStructure structure : found) {
          structures.add(ControlAnswer.structure(structure));
          structure.fields().forEach(field -> rows.add(ControlAnswer.field(structure, field)));
        }
        Answer answer = new Answer(Subject.CONTROL, "fields", rows, session.coverage());
        new AnswerWriter(out, err).write(answer.with("structures", structures), output);
      }
      return found.isEmpty() ? ExitCode.NOT_FOUND : ExitCode.DONE;
    }
  }

  private void print(ControlStructure structure, PrintWriter out) {
    boolean cpu = structure.kind().equals("cpu");
    out.println(
        "%s: %s %s%s; %s"
            .formatted(
                structure.machine(),
                structure.kind(),
                cpu ? Long.toString(structure.address()) : Hex.of(structure.address()),
                structure.guest().map(guest -> " for " + guest).orElse(""),
                structure.layout()));
    TextTable table = new TextTable("GROUP", "FIELD", "OFFSET", "VALUE", "MEANING");
    int left = 0;
    for (ControlField field : structure.fields()) {
      if (field.value() == 0 && !zeros && field.meaning().isEmpty()) {
        left++;
        continue;
      }
      table.row(
          field.group(),
          field.name(),
          field.offset() < 0 ? "-" : Hex.of(field.offset()),
          Hex.of(field.value()),
          field.meaning());
    }
    table.print(out);
    if (left > 0) {
      out.println(Count.of(left, "field", "is", "are") + " 0 (see --zeros)");
    }
    if (structure.undecoded() > 0) {
      out.println(
          "not decoded: %s not 0"
              .formatted(Count.of(structure.undecoded(), "byte", "that is", "that are")));
    }
    out.println();
  }
}
