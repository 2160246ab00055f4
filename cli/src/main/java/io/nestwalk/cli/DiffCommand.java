package io.nestwalk.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nestwalk.answer.Answer;
import io.nestwalk.answer.CsvWriter;
import io.nestwalk.answer.Json;
import io.nestwalk.answer.Subject;
import io.nestwalk.diff.Difference;
import io.nestwalk.diff.ImageComparison;
import io.nestwalk.image.ImageException;
import io.nestwalk.index.AnalysisFolder;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Function;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Compares two images of one machine. */
@Command(
    name = "diff",
    description = {
      "Lists what came, went or changed between two images of one machine: machines, processes,"
          + " modules, sockets, findings, and how many mappings each process has.",
      "Machines are paired by what booted together, their second-level roots and their ids;"
          + " processes by number and start. A value that only one of the images has is no change.",
      "How to open an image holds for both; the folder of an analysis opens its image as it was"
          + " opened then."
    },
    mixinStandardHelpOptions = true,
    addMethodSubcommands = false)
final class DiffCommand implements Callable<Integer> {

  @Spec private CommandSpec spec;

  @Parameters(
      index = "0",
      paramLabel = "BEFORE",
      description = "the first image, or the folder of `analyze`")
  private Path before;

  @Parameters(
      index = "1",
      paramLabel = "AFTER",
      description = "the second image, or the folder of `analyze`")
  private Path after;

  @Mixin private OpeningOptions opening;

  @Option(
      names = "--mappings",
      description = "compare the mappings of processes one by one, not only their number")
  private boolean mappings;

  @Mixin private TableOptions output;

  @Override
  public Integer call() throws Exception {
    PrintWriter out = spec.commandLine().getOut();
    PrintWriter err = spec.commandLine().getErr();
    try (Session first = open(before, err);
        Session second = open(after, err)) {
      ImageComparison.Result result =
          ImageComparison.of(first.machines(), second.machines(), mappings);
      List<ObjectNode> rows = result.differences().stream().map(Difference::row).toList();
      ArrayNode omitted = Json.MAPPER.createArrayNode();
      result.omitted().forEach(each -> omitted.add(each.node()));
      ObjectNode coverage = coverage(first, second, result.warnings());
      if (output.isOwnTable()) {
        table(output.chosen(Subject.DIFFERENCE, rows, Function.identity()), out);
        below(rows.isEmpty(), omitted, out);
        coverage.path("warnings").forEach(line -> Messages.warning(err, line.asText()));
      } else {
        new AnswerWriter(out, err)
            .write(
                new Answer(Subject.DIFFERENCE, "differences", rows, coverage)
                    .with("notCompared", omitted),
                output);
      }
    }
    return ExitCode.DONE;
  }

  private Session open(Path named, PrintWriter err) throws ImageException {
    return AnalysisFolder.isCase(named)
        ? Folders.reopen(Folders.read(named), Optional.empty(), "put it there", err)
        : Session.open(named, opening, err);
  }

  /** What was looked at in both; warnings say in which, where they are one image's alone. */
  private static ObjectNode coverage(Session first, Session second, List<String> warnings) {
    ObjectNode one = first.coverage();
    ObjectNode other = second.coverage();
    ObjectNode both = Json.object();
    for (String sum : List.of("bytesPresent", "bytesUnreadable", "pagesSurveyed", "pagesNotZero")) {
      both.put(sum, one.path(sum).asLong() + other.path(sum).asLong());
    }
    List<String> ofFirst = texts(one.path("warnings"));
    List<String> ofSecond = texts(other.path("warnings"));
    ArrayNode all = both.putArray("warnings");
    warnings.forEach(all::add);
    for (String line : ofFirst) {
      all.add(ofSecond.contains(line) ? line : "first image: " + line);
    }
    ofSecond.stream()
        .filter(line -> !ofFirst.contains(line))
        .forEach(line -> all.add("second image: " + line));
    return both;
  }

  private static List<String> texts(JsonNode array) {
    List<String> texts = new ArrayList<>();
    array.forEach(each -> texts.add(each.asText()));
    return texts;
  }

  private static void table(List<ObjectNode> rows, PrintWriter out) {
    if (rows.isEmpty()) {
      return;
    }
    TextTable table = new TextTable("CHANGE", "KIND", "MACHINE", "PID", "WHAT");
    for (ObjectNode row : rows) {
      table.row(
          row.path("change").asText(),
          row.path("kind").asText(),
          row.path("machine").asText(),
          ListingCommand.text(row.path("pid")),
          row.path("text").asText() + changes(row));
    }
    table.print(out);
  }

  private static String changes(ObjectNode row) {
    List<String> changes = new ArrayList<>();
    for (JsonNode key : row.path("keys")) {
      changes.add(
          "%s: %s -> %s"
              .formatted(
                  key.asText(),
                  value(row.path("before"), key.asText()),
                  value(row.path("after"), key.asText())));
    }
    return changes.isEmpty() ? "" : "   " + String.join("; ", changes);
  }

  private static String value(JsonNode side, String key) {
    JsonNode value = CsvWriter.value((ObjectNode) side, key);
    return value.path(0).isObject() ? Json.line(value) : ListingCommand.text(value);
  }

  private static void below(boolean none, ArrayNode omitted, PrintWriter out) {
    if (none) {
      out.println(
          omitted.isEmpty() ? "No differences" : "No differences in what was compared; see below");
    }
    for (JsonNode each : omitted) {
      out.println(
          "%s: not compared: %s: %s"
              .formatted(
                  each.path("machine").asText(),
                  each.path("kind").asText(),
                  Printable.of(each.path("reason").asText())));
    }
  }
}
