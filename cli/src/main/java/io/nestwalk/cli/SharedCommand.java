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
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Function;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Lists memory that several guests have. */
@Command(
    name = "shared",
    description = {
      "Lists host-physical memory that more than one guest has, run by run, with where each guest"
          + " has it and what it may do there: pages that the host merged because they were alike"
          + " (KSM), memory that guests share on purpose, and what a guest should not have. Merged"
          + " pages can't be written; what two guests may write is a way from one into the other.",
      "KIND is what the host's own system says of the pages: merged (by KSM), zero (its page of"
          + " zeros), file (or memory that processes share), anonymous, other; - where that is not"
          + " known.",
      "Which of the guests' processes have such a page: 'search DIR hpa:ADDRESS'."
    },
    mixinStandardHelpOptions = true,
    addMethodSubcommands = false)
final class SharedCommand implements Callable<Integer> {

  @Spec private CommandSpec spec;

  @Option(
      names = "--within",
      description =
          "also what one guest alone has at several places: pages that were merged within it")
  private boolean within;

  @Option(
      names = "--stats",
      description =
          "sums by guests and kind, those within single guests too: memory of the host, memory of"
              + " guests that it is, and what more than one guest may write")
  private boolean sums;

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
        SharedPages.Result shared = shared(session, parent);
        compared |= !shared.compared().isEmpty();
        shared.gaps().forEach(session::note);
        if (sums) {
          shared.sums().forEach(sum -> rows.add(SharedAnswer.sum(parent.id(), sum)));
        } else {
          Stream.concat(shared.runs().stream(), shared.within().stream())
              .sorted(Comparator.comparing(SharedPages.Run::host, Long::compareUnsigned))
              .forEach(
                  run ->
                      rows.add(
                          SharedAnswer.of(
                              parent.id(), run, session.image().memory().locate(run.host()))));
        }
      }
      if (!compared) {
        session.note(
            "no machine has two guests whose memory is known: nothing was compared%s"
                .formatted(within || sums ? " between guests" : ""));
      }
      if (output.isOwnTable()) {
        List<ObjectNode> chosen = output.chosen(subject(), rows, Function.identity());
        if (sums) {
          sums(chosen, out);
        } else {
          table(chosen, out);
        }
        session.warn(err);
      } else {
        new AnswerWriter(out, err)
            .write(new Answer(subject(), sums ? "sums" : "runs", rows, session.coverage()), output);
      }
    }
    return ExitCode.DONE;
  }

  private SharedPages.Result shared(Session session, Machine parent) {
    return (within || sums
            ? SharedPages.alsoWithin(session.machines(), parent)
            : SharedPages.of(session.machines(), parent))
        .told(parent);
  }

  private Subject subject() {
    return sums ? Subject.SHARED_SUM : Subject.SHARED_RUN;
  }

  private static void sums(List<ObjectNode> rows, PrintWriter out) {
    TextTable table = new TextTable("ON", "GUESTS", "KIND", "MEMORY", "OF GUESTS", "SEVERAL WRITE");
    for (ObjectNode row : rows) {
      table.row(
          row.path("machine").asText(),
          ListingCommand.text(row.path("guests")),
          ListingCommand.text(row.path("kind")),
          Sizes.of(row.path("bytes").asLong()),
          Sizes.of(row.path("guestBytes").asLong()),
          Sizes.of(row.path("openBytes").asLong()));
    }
    table.print(out);
  }

  private static void table(List<ObjectNode> rows, PrintWriter out) {
    TextTable table = new TextTable("ON", "HPA", "LENGTH", "FILE OFFSET", "KIND", "GUESTS");
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
                    more > 0 ? " (and %d more)".formatted(more) : ""));
      }
      table.row(
          row.path("machine").asText(),
          row.path("hpa").asText(),
          Sizes.of(row.path("length").asLong()),
          ListingCommand.text(row.path("fileOffset")),
          ListingCommand.text(row.path("kind")),
          String.join(", ", owners));
    }
    table.print(out);
  }
}
