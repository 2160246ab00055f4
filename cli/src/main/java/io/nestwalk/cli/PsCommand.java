package io.nestwalk.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nestwalk.system.GuestProcess;
import io.nestwalk.machine.Machine;
import io.nestwalk.machine.OwnerlessRoot;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
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
          + " are told as a warning."
    },
    mixinStandardHelpOptions = true)
final class PsCommand implements Callable<Integer> {

  /** The source that every other tool on the machine itself would see. */
  private static final String TASK_LIST = "task-list";

  @Spec private CommandSpec spec;
  @Mixin private ImageOptions image;
  @Mixin private MachineChoice choice;

  @Option(names = "--tree", description = "show children below their parents")
  private boolean tree;

  @Mixin private OutputOptions output;

  @Override
  public Integer call() throws Exception {
    PrintWriter out = spec.commandLine().getOut();
    PrintWriter err = spec.commandLine().getErr();
    try (Session session = Session.open(image, err)) {
      List<MachineProcess> processes = new ArrayList<>();
      for (Machine machine : choice.recognised(session)) {
        session
            .requiredSystem(machine)
            .processes()
            .forEach(process -> processes.add(new MachineProcess(machine.id(), process)));
        noteOwnerless(session, machine);
      }
      if (output.format() == OutputFormat.TABLE) {
        table(processes, out);
        session.warn(err);
      } else {
        List<ObjectNode> rows = processes.stream().map(PsCommand::row).toList();
        new AnswerWriter(out, err)
            .write(new Answer("processes", rows, session.coverage()), output.format());
      }
    }
    return ExitCode.DONE;
  }

  /** A process that no list has leaves its page tables; they are told, for they name no process. */
  private static void noteOwnerless(Session session, Machine machine) {
    List<OwnerlessRoot> roots = OwnerlessRoot.in(machine);
    if (!roots.isEmpty()) {
      session.note(
          "%s: %s%s"
              .formatted(
                  machine.id(),
                  roots.getFirst(),
                  roots.size() == 1
                      ? ""
                      : "; %d more such roots: machines --findings".formatted(roots.size() - 1)));
    }
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
        table.row(
            each.getKey(),
            "%6d".formatted(process.pid()),
            "%6d".formatted(process.ppid()),
            process.uid().isPresent() ? process.uid().getAsLong() : "-",
            process.state(),
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

  private static String hidden(GuestProcess process) {
    return process.seenBy().contains(TASK_LIST)
        ? ""
        : "   <- hidden from the task list; seen by " + String.join(", ", process.seenBy());
  }

  private static ObjectNode row(MachineProcess each) {
    GuestProcess process = each.process;
    ObjectNode row = AnswerWriter.JSON.createObjectNode();
    row.put("machine", each.machine);
    row.put("pid", process.pid());
    row.put("ppid", process.ppid());
    row.put("tgid", process.tgid());
    row.put("name", process.name());
    row.put("path", process.path().orElse(null));
    row.put("commandLine", process.commandLine().orElse(null));
    if (process.uid().isPresent()) {
      row.put("uid", process.uid().getAsLong());
    } else {
      row.putNull("uid");
    }
    row.put("startTime", process.startTime().map(Timestamps::full).orElse(null));
    row.put("state", process.state());
    if (process.threads().isPresent()) {
      row.put("threads", process.threads().getAsInt());
    }
    row.put("kernelThread", process.kernelThread());
    row.put("root", process.root().isPresent() ? Hex.of(process.root().getAsLong()) : null);
    if (process.userRoot().isPresent()) {
      row.put("userRoot", Hex.of(process.userRoot().getAsLong()));
    }
    row.put("object", Hex.of(process.object()));
    ObjectNode namespaces = row.putObject("namespaces");
    process.namespaces().forEach(namespaces::put);
    row.put("cgroup", process.cgroup().orElse(null));
    ArrayNode seenBy = row.putArray("seenBy");
    process.seenBy().forEach(seenBy::add);
    return row;
  }

  private record MachineProcess(String machine, GuestProcess process) {}
}
