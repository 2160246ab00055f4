package io.nestwalk.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nestwalk.answer.Answer;
import io.nestwalk.answer.Json;
import io.nestwalk.answer.Subject;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.RunLast;

/**
 * Runs a command once for every image that it was given, and makes one answer of what it says about
 * each: every row has its image, one that can't be read is a line on stderr and does not stop the
 * others. The commands know nothing of it.
 *
 * @param out where the common answer goes
 * @param err where messages go, each with its image
 * @param args the command line
 */
record ManyImages(PrintWriter out, PrintWriter err, List<String> args) {

  private static final String IMAGE = "image";

  /** What came of one image. */
  private record Outcome(Path image, int code, ImageOutput output, ImageMessages messages) {

    String name() {
      return Printable.of(image.toString());
    }
  }

  /** Executes a parsed command line: once, or once for every image. */
  int execute(ParseResult parsed) {
    ParseResult command = parsed;
    while (command.hasSubcommand()) {
      command = command.subcommand();
    }
    Optional<Images> images = mixin(command, Images.class);
    if (images.isEmpty() || isForHelp(command) || !images.get().mayBeSeveral()) {
      return new RunLast().execute(parsed);
    }
    CommandLine line = command.commandSpec().commandLine();
    if (images.get().jobs() < 1) {
      throw new ParameterException(line, "--jobs must be at least 1");
    }
    OutputOptions options = mixin(command, OutputOptions.class).orElseThrow();
    return run(images.get().all(), images.get().jobs(), options);
  }

  private static boolean isForHelp(ParseResult command) {
    return command.isUsageHelpRequested() || command.isVersionHelpRequested();
  }

  private static <T> Optional<T> mixin(ParseResult command, Class<T> type) {
    return command.commandSpec().mixins().values().stream()
        .map(each -> each.userObject())
        .filter(type::isInstance)
        .map(type::cast)
        .findFirst();
  }

  private int run(List<Path> images, int jobs, OutputOptions options) {
    boolean list = options instanceof TableOptions;
    List<Outcome> outcomes = new ArrayList<>();
    // A column that no image has is said once, not once for each.
    Set<List<String>> refused = new HashSet<>();
    try (ExecutorService workers = Executors.newFixedThreadPool(Math.min(jobs, images.size()))) {
      List<Future<Outcome>> works = new ArrayList<>();
      for (Path image : images) {
        works.add(workers.submit(() -> runOne(image, list)));
      }
      for (Future<Outcome> work : works) {
        Outcome outcome = work.get();
        outcomes.add(outcome);
        if (outcome.code != ExitCode.USAGE || refused.add(outcome.messages.lines())) {
          tell(outcome, options);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return ExitCode.FAULT;
    } catch (ExecutionException e) {
      throw new IllegalStateException(e.getCause());
    }
    finish(outcomes, options);
    return code(outcomes);
  }

  private Outcome runOne(Path image, boolean list) {
    ImageOutput output = new ImageOutput(list);
    ImageMessages messages = new ImageMessages();
    int code =
        Nestwalk.execute(
            output,
            messages,
            parsed -> {
              ParseResult command = parsed.subcommand();
              mixin(command, Images.class).orElseThrow().take(image);
              return new RunLast().execute(parsed);
            },
            args.toArray(String[]::new));
    return new Outcome(image, code, output, messages);
  }

  /** What can be said of one before the others are done. */
  private void tell(Outcome outcome, OutputOptions options) {
    for (String line : outcome.messages.lines()) {
      String name = outcome.name() + ": ";
      err.println("nestwalk: " + (line.startsWith(name) ? line : name + line));
    }
    if (options.format() == OutputFormat.NDJSON && outcome.output.answer() != null) {
      rows(outcome).forEach(row -> out.println(Json.line(row)));
    } else if (options.format() == OutputFormat.TABLE && !(options instanceof TableOptions)) {
      text(outcome);
    }
    out.flush();
  }

  private void text(Outcome outcome) {
    if (!outcome.output.text().isBlank()) {
      out.println("%n%s:".formatted(outcome.name()));
      out.println(outcome.output.text().strip());
    }
  }

  private void finish(List<Outcome> outcomes, OutputOptions options) {
    switch (options.format()) {
      case JSON -> out.println(Json.pretty(joined(outcomes).json()));
      case NDJSON -> out.println(Json.line(joined(outcomes).lastLine()));
      case CSV -> {
        Set<String> columns = new LinkedHashSet<>(List.of(IMAGE));
        outcomes.forEach(each -> columns.addAll(each.output.columns()));
        Answer answer = joined(outcomes);
        AnswerWriter.csv(answer, List.copyOf(columns), out);
      }
      case TABLE -> {
        if (options instanceof TableOptions) {
          tables(outcomes);
          outcomes.forEach(this::text);
        }
      }
    }
  }

  /** Tables of one kind become one, with the image in front. */
  private void tables(List<Outcome> outcomes) {
    Map<List<String>, TextTable> byHeader = new LinkedHashMap<>();
    for (Outcome outcome : outcomes) {
      for (TextTable table : outcome.output.tables()) {
        byHeader
            .computeIfAbsent(table.header(), header -> TextTable.widened("IMAGE", header))
            .addAll(outcome.name(), table);
      }
    }
    boolean first = true;
    for (TextTable table : byHeader.values()) {
      if (!first) {
        out.println();
      }
      first = false;
      table.print(out);
    }
  }

  private static List<ObjectNode> rows(Outcome outcome) {
    return outcome.output.answer().rows().stream().map(row -> named(outcome, row)).toList();
  }

  private static ObjectNode named(Outcome outcome, JsonNode row) {
    ObjectNode named = Json.object().put(IMAGE, outcome.image.toString());
    row.properties().stream()
        .filter(each -> !each.getKey().equals(IMAGE))
        .forEach(each -> named.set(each.getKey(), each.getValue()));
    return named;
  }

  private static Answer joined(List<Outcome> outcomes) {
    List<ObjectNode> rows = new ArrayList<>();
    Map<String, JsonNode> beside = new LinkedHashMap<>();
    ObjectNode coverage = Json.object();
    ArrayNode images = coverage.putArray("images");
    ArrayNode warnings = coverage.putArray("warnings");
    Answer kind = null;
    for (Outcome outcome : outcomes) {
      Answer answer = outcome.output.answer();
      ObjectNode image = images.addObject().put(IMAGE, outcome.image.toString());
      image.put("exitCode", outcome.code);
      if (answer == null) {
        image.put("error", String.join("; ", outcome.messages.lines()));
        continue;
      }
      kind = answer;
      rows.addAll(rows(outcome));
      answer.coverage().properties().forEach(each -> image.set(each.getKey(), each.getValue()));
      answer
          .coverage()
          .path("warnings")
          .forEach(each -> warnings.add("%s: %s".formatted(outcome.image, each.asText())));
      answer
          .beside()
          .forEach(
              (key, value) -> {
                ArrayNode all =
                    (ArrayNode) beside.computeIfAbsent(key, _ -> Json.MAPPER.createArrayNode());
                value.forEach(each -> all.add(named(outcome, each)));
              });
    }
    String name = kind == null || kind.name().isEmpty() ? "images" : kind.name();
    return new Answer(kind == null ? Subject.IMAGE : kind.subject(), name, rows, coverage, beside);
  }

  /** What went wrong with any image decides; to find nothing counts where no one found. */
  private static int code(List<Outcome> outcomes) {
    Set<Integer> codes = new LinkedHashSet<>();
    outcomes.forEach(each -> codes.add(each.code));
    for (int grave : List.of(ExitCode.FAULT, ExitCode.USAGE, ExitCode.INPUT, ExitCode.DONE)) {
      if (codes.contains(grave)) {
        return grave;
      }
    }
    return ExitCode.NOT_FOUND;
  }
}
