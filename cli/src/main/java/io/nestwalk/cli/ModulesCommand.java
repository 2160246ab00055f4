package io.nestwalk.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nestwalk.answer.Hex;
import io.nestwalk.answer.ModuleAnswer;
import io.nestwalk.answer.Subject;
import io.nestwalk.machine.Machine;
import io.nestwalk.system.GuestModule;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Lists the loaded parts of kernels. */
@Command(
    name = "modules",
    description = "Lists the loaded kernel modules of every machine, or of one.",
    mixinStandardHelpOptions = true)
final class ModulesCommand implements Callable<Integer> {

  @Spec private CommandSpec spec;
  @Mixin private ImageOptions image;
  @Mixin private MachineChoice choice;
  @Mixin private OutputOptions output;

  @Override
  public Integer call() throws Exception {
    PrintWriter out = spec.commandLine().getOut();
    PrintWriter err = spec.commandLine().getErr();
    try (Session session = Session.open(image, err)) {
      List<MachineModule> modules = new ArrayList<>();
      for (Machine machine : choice.recognised(session)) {
        session
            .requiredSystem(machine)
            .modules()
            .forEach(module -> modules.add(new MachineModule(machine.id(), module)));
      }
      if (output.format() == OutputFormat.TABLE) {
        table(modules, out);
        session.warn(err);
      } else {
        List<ObjectNode> rows =
            modules.stream().map(each -> ModuleAnswer.of(each.machine(), each.module())).toList();
        new AnswerWriter(out, err)
            .write(
                new Answer(Subject.MODULE, "modules", rows, session.coverage()), output.format());
      }
    }
    return ExitCode.DONE;
  }

  private static void table(List<MachineModule> modules, PrintWriter out) {
    TextTable table = new TextTable("MACHINE", "BASE", "SIZE", "OBJECT", "NAME");
    for (MachineModule each : modules) {
      table.row(
          each.machine,
          Hex.of(each.module.base()),
          Sizes.of(each.module.size()),
          Hex.of(each.module.object()),
          Printable.of(each.module.name()));
    }
    table.print(out);
  }

  private record MachineModule(String machine, GuestModule module) {}
}
