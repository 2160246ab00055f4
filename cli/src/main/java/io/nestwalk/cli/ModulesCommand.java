package io.nestwalk.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nestwalk.answer.Answer;
import io.nestwalk.answer.Hex;
import io.nestwalk.answer.ModuleAnswer;
import io.nestwalk.answer.Subject;
import io.nestwalk.machine.Machine;
import io.nestwalk.session.NotFoundException;
import io.nestwalk.system.GuestModule;
import io.nestwalk.system.GuestProcess;
import io.nestwalk.system.GuestSystem;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Lists the loaded parts of kernels. */
@Command(
    name = "modules",
    description = {
      "Lists the loaded kernel modules of every machine, or of one; with --pid the programs and"
          + " libraries that a process has loaded, in every machine that has a process of that"
          + " number."
    },
    mixinStandardHelpOptions = true,
    addMethodSubcommands = false)
final class ModulesCommand implements Callable<Integer> {

  @Spec private CommandSpec spec;
  @Mixin private Images image;
  @Mixin private MachineChoice choice;

  @Option(names = "--pid", paramLabel = "N", description = "what this process has loaded")
  private Integer pid;

  @Mixin private TableOptions output;

  @Override
  public Integer call() throws Exception {
    PrintWriter out = spec.commandLine().getOut();
    PrintWriter err = spec.commandLine().getErr();
    try (Session session = Session.open(image, err)) {
      List<MachineModule> modules = pid == null ? ofKernels(session) : ofProcesses(session);
      if (output.isOwnTable()) {
        table(
            output.chosen(
                Subject.MODULE, modules, each -> ModuleAnswer.of(each.machine(), each.module())),
            out);
        session.warn(err);
      } else {
        List<ObjectNode> rows =
            modules.stream().map(each -> ModuleAnswer.of(each.machine(), each.module())).toList();
        new AnswerWriter(out, err)
            .write(new Answer(Subject.MODULE, "modules", rows, session.coverage()), output);
      }
    }
    return ExitCode.DONE;
  }

  private List<MachineModule> ofKernels(Session session) throws NotFoundException {
    List<MachineModule> modules = new ArrayList<>();
    for (Machine machine : choice.recognised(session)) {
      GuestSystem system = session.requiredSystem(machine);
      noteUnknown(session, machine, system, GuestSystem.Subject.MODULES);
      system.modules().forEach(module -> modules.add(new MachineModule(machine.id(), module)));
    }
    return modules;
  }

  private List<MachineModule> ofProcesses(Session session) throws NotFoundException {
    List<MachineModule> modules = new ArrayList<>();
    boolean found = false;
    for (Machine machine : choice.recognised(session)) {
      GuestSystem system = session.requiredSystem(machine);
      for (GuestProcess process : system.processes()) {
        if (process.pid() == pid) {
          found = true;
          noteUnknown(session, machine, system, GuestSystem.Subject.PROCESS_MODULES);
          system
              .modules(process)
              .forEach(module -> modules.add(new MachineModule(machine.id(), module)));
        }
      }
    }
    if (!found) {
      throw new NotFoundException("no process %d".formatted(pid));
    }
    return modules;
  }

  /** An empty list must not pass for "none". */
  private static void noteUnknown(
      Session session, Machine machine, GuestSystem system, GuestSystem.Subject subject) {
    if (system.unknown().contains(subject)) {
      session.note(ListingCommand.unknown(machine, subject));
    }
  }

  private static void table(List<MachineModule> modules, PrintWriter out) {
    TextTable table = new TextTable("MACHINE", "BASE", "SIZE", "OBJECT", "NAME", "PATH");
    for (MachineModule each : modules) {
      table.row(
          each.machine,
          Hex.of(each.module.base()),
          Sizes.of(each.module.size()),
          Hex.of(each.module.object()),
          Printable.of(each.module.name()),
          each.module.path().map(Printable::of).orElse(""));
    }
    table.print(out);
  }

  private record MachineModule(String machine, GuestModule module) {}
}
