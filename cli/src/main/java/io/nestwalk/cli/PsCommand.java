package io.nestwalk.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nestwalk.answer.Answer;
import io.nestwalk.answer.Hex;
import io.nestwalk.answer.ProcessAnswer;
import io.nestwalk.answer.Subject;
import io.nestwalk.answer.ThreadAnswer;
import io.nestwalk.finding.OwnerlessRoot;
import io.nestwalk.machine.Machine;
import io.nestwalk.session.NotFoundException;
import io.nestwalk.system.GuestProcess;
import io.nestwalk.system.GuestSystem;
import io.nestwalk.system.GuestThread;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.Function;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Lists processes. */
@Command(
    name = "ps",
    description = {
      "Lists the processes of every machine, or of one.",
      "A process that the kernel's task list lacks was hidden: it is marked, with the sources that"
          + " know it. In JSON every process has seenBy. Page tables of a process that no list has"
          + " are reported as a warning."
    },
    mixinStandardHelpOptions = true,
    addMethodSubcommands = false)
final class PsCommand implements Callable<Integer> {

  private static final int PID_WIDTH = 6;

  @Spec private CommandSpec spec;
  @Mixin private Images image;
  @Mixin private MachineChoice choice;

  @Option(names = "--tree", description = "show children below their parents")
  private boolean tree;

  @Option(names = "--threads", description = "list the threads of every process")
  private boolean threads;

  @Mixin private TableOptions output;

  @Override
  public Integer call() throws Exception {
    PrintWriter out = spec.commandLine().getOut();
    PrintWriter err = spec.commandLine().getErr();
    try (Session session = Session.open(image, err)) {
      if (threads) {
        threads(session, out, err);
        return ExitCode.DONE;
      }
      List<MachineProcess> processes = new ArrayList<>();
      for (Machine machine : choice.recognised(session)) {
        session
            .requiredSystem(machine)
            .processes()
            .forEach(process -> processes.add(new MachineProcess(machine.id(), process)));
        OwnerlessRoot.remark(machine).ifPresent(session::note);
      }
      if (output.isOwnTable()) {
        table(
            output.chosen(
                Subject.PROCESS,
                processes,
                each -> ProcessAnswer.of(each.machine(), each.process())),
            out);
        session.warn(err);
      } else {
        List<ObjectNode> rows =
            processes.stream()
                .map(each -> ProcessAnswer.of(each.machine(), each.process()))
                .toList();
        new AnswerWriter(out, err)
            .write(new Answer(Subject.PROCESS, "processes", rows, session.coverage()), output);
      }
    }
    return ExitCode.DONE;
  }

  private void threads(Session session, PrintWriter out, PrintWriter err) throws NotFoundException {
    List<ObjectNode> rows = new ArrayList<>();
    for (Machine machine : choice.recognised(session)) {
      GuestSystem system = session.requiredSystem(machine);
      if (system.unknown().contains(GuestSystem.Subject.THREADS)) {
        session.note("%s: its threads are not known".formatted(machine.id()));
      }
      for (GuestProcess process : system.processes()) {
        for (GuestThread thread : system.threads(process)) {
          rows.add(ThreadAnswer.of(machine.id(), process, thread));
        }
      }
    }
    if (!output.isOwnTable()) {
      new AnswerWriter(out, err)
          .write(new Answer(Subject.THREAD, "threads", rows, session.coverage()), output);
      return;
    }
    TextTable table =
        new TextTable("MACHINE", "PID", "TID", "STATE", "STARTED", "OBJECT", "PROCESS", "NAME");
    for (ObjectNode row : output.chosen(Subject.THREAD, rows, Function.identity())) {
      table.row(
          row.path("machine").asText(),
          number(row.path("pid").asInt()),
          number(row.path("tid").asInt()),
          ListingCommand.text(row.path("state")),
          ListingCommand.text(row.path("startTime")),
          row.path("object").asText(),
          ListingCommand.text(row.path("process")),
          ListingCommand.text(row.path("name")));
    }
    table.print(out);
    session.warn(err);
  }

  private void table(List<MachineProcess> processes, PrintWriter out) {
    TextTable table =
        new TextTable("MACHINE", "PID", "PPID", "UID", "STATE", "STARTED", "ROOT", "COMMAND");
    Map<String, List<GuestProcess>> byMachine =
        processes.stream()
            .collect(
                Collectors.groupingBy(
                    MachineProcess::machine,
                    LinkedHashMap::new,
                    Collectors.mapping(MachineProcess::process, Collectors.toList())));
    for (Map.Entry<String, List<GuestProcess>> each : byMachine.entrySet()) {
      List<GuestProcess> own = each.getValue();
      List<ProcessTree.Row> rows = tree ? ProcessTree.of(own) : ProcessTree.flat(own);
      for (ProcessTree.Row row : rows) {
        GuestProcess process = row.process();
        Map<String, Object> traits = process.traits().values();
        table.row(
            each.getKey(),
            number(process.pid()),
            number(process.ppid()),
            traits.getOrDefault("uid", "-"),
            traits.getOrDefault("state", process.exited() ? "exited" : "-"),
            process.startTime().map(Timestamps::toSeconds).orElse("-"),
            process.root().isPresent() ? Hex.of(process.root().getAsLong()) : "-",
            row.indent() + command(process) + hidden(process));
      }
    }
    table.print(out);
  }

  /** As ps shows it: the command line, in brackets the name of what has none. */
  private static String command(GuestProcess process) {
    return process
        .commandLine()
        .filter(line -> !line.isBlank())
        .map(Printable::of)
        .orElse("[" + Printable.of(process.name()) + "]");
  }

  /** A process's number, in a column of their own width. */
  private static String number(int pid) {
    String digits = Integer.toString(pid);
    return " ".repeat(Math.max(0, PID_WIDTH - digits.length())) + digits;
  }

  private static String hidden(GuestProcess process) {
    return process.hidden() ? "   <- hidden; seen by " + String.join(", ", process.seenBy()) : "";
  }

  private record MachineProcess(String machine, GuestProcess process) {}
}
