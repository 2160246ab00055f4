package io.nestwalk.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nestwalk.answer.Answer;
import io.nestwalk.answer.SharedAnswer;
import io.nestwalk.answer.Subject;
import io.nestwalk.machine.Machine;
import io.nestwalk.machine.SharedPages;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Function;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Lists memory that several guests have. */
@Command(
    name = "shared",
    description = {
      "Lists host-physical memory that more than one guest has, run by run, with where each guest"
          + " has it and what it may do there: pages that the host merged because they were alike"
          + " (KSM), memory that guests share on purpose, and what a guest should not have. Merged"
          + " pages can't be written; what two guests may write is a way from one into the other.",
      "Which of the guests' processes have such a page: 'search DIR hpa:ADDRESS'."
    },
    mixinStandardHelpOptions = true,
    addMethodSubcommands = false)
final class SharedCommand implements Callable<Integer> {

  @Spec private CommandSpec spec;
  @Mixin private Images image;
  @Mixin private TableOptions output;

  @Override
  public Integer call() throws Exception {
    PrintWriter out = spec.commandLine().getOut();
    PrintWriter err = spec.commandLine().getErr();
    try (Session session = Session.open(image, err)) {
      List<ObjectNode> rows = new ArrayList<>();
      boolean compared = false;
      for (Machine parent : session.machines().all()) {
        SharedPages.Result shared = SharedPages.of(session.machines(), parent);
        compared |= !shared.compared().isEmpty();
        shared.gaps().forEach(session::note);
        for (SharedPages.Run run : shared.runs()) {
          rows.add(SharedAnswer.of(parent.id(), run, session.image().memory().locate(run.host())));
        }
      }
      if (!compared) {
        session.note("no machine has two guests whose memory is known: nothing was compared");
      }
      if (output.isOwnTable()) {
        table(output.chosen(Subject.SHARED_RUN, rows, Function.identity()), out);
        session.warn(err);
      } else {
        new AnswerWriter(out, err)
            .write(new Answer(Subject.SHARED_RUN, "runs", rows, session.coverage()), output);
      }
    }
    return ExitCode.DONE;
  }

  private static void table(List<ObjectNode> rows, PrintWriter out) {
    TextTable table = new TextTable("ON", "HPA", "LENGTH", "FILE OFFSET", "GUESTS");
    for (ObjectNode row : rows) {
      List<String> owners = new ArrayList<>();
      for (JsonNode owner : row.path("owners")) {
        long more = owner.path("count").asLong() - 1;
        owners.add(
            "%s %s %s%s"
                .formatted(
                    owner.path("machine").asText(),
                    owner.path("gpas").path(0).asText(),
                    owner.path("permissions").asText(),
                    more > 0 ? " (and %d places more)".formatted(more) : ""));
      }
      table.row(
          row.path("machine").asText(),
          row.path("hpa").asText(),
          Sizes.of(row.path("length").asLong()),
          ListingCommand.text(row.path("fileOffset")),
          String.join(", ", owners));
    }
    table.print(out);
  }
}
