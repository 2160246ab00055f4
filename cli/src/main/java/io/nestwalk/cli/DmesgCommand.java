package io.nestwalk.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nestwalk.answer.Answer;
import io.nestwalk.answer.LogAnswer;
import io.nestwalk.answer.Subject;
import io.nestwalk.machine.Machine;
import io.nestwalk.system.GuestSystem;
import io.nestwalk.system.LogLine;
import java.io.PrintWriter;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Shows kernels' logs. */
@Command(
    name = "dmesg",
    description = "Shows the kernel's log of every machine, or of one.",
    mixinStandardHelpOptions = true,
    addMethodSubcommands = false)
final class DmesgCommand implements Callable<Integer> {

  @Spec private CommandSpec spec;
  @Mixin private Images image;
  @Mixin private MachineChoice choice;
  @Mixin private TableOptions output;

  @Override
  public Integer call() throws Exception {
    PrintWriter out = spec.commandLine().getOut();
    PrintWriter err = spec.commandLine().getErr();
    try (Session session = Session.open(image, err)) {
      List<MachineLine> lines = new ArrayList<>();
      for (Machine machine : choice.recognised(session)) {
        GuestSystem system = session.requiredSystem(machine);
        if (system.unknown().contains(GuestSystem.Subject.LOG)) {
          session.note(ListingCommand.unknown(machine, GuestSystem.Subject.LOG));
        }
        Optional<Instant> boot = system.facts().bootTime();
        system.log().forEach(line -> lines.add(new MachineLine(machine.id(), boot, line)));
      }
      if (output.isOwnTable()) {
        table(
            output.chosen(
                Subject.LOG, lines, each -> LogAnswer.of(each.machine, each.boot, each.line)),
            out);
        session.warn(err);
      } else {
        List<ObjectNode> rows =
            lines.stream().map(each -> LogAnswer.of(each.machine, each.boot, each.line)).toList();
        new AnswerWriter(out, err)
            .write(new Answer(Subject.LOG, "log", rows, session.coverage()), output);
      }
    }
    return ExitCode.DONE;
  }

  private static void table(List<MachineLine> lines, PrintWriter out) {
    TextTable table = new TextTable("MACHINE", "TIME", "LEVEL", "TEXT");
    for (MachineLine each : lines) {
      table.row(
          each.machine,
          "%13s".formatted(seconds(each.line.time())),
          LogAnswer.levelName(each.line.level()),
          Printable.of(each.line.text()));
    }
    table.print(out);
  }

  /** Since boot, to the microsecond, as the kernel prints it. */
  private static String seconds(Duration time) {
    return "%d.%06d".formatted(time.toSeconds(), time.toNanosPart() / 1000);
  }

  private record MachineLine(String machine, Optional<Instant> boot, LogLine line) {}
}
