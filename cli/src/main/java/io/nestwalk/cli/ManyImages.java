package io.nestwalk.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nestwalk.answer.Answer;
import io.nestwalk.answer.Json;
import io.nestwalk.answer.Subject;
import io.nestwalk.output.OutputException;
import io.nestwalk.wording.Count;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
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

  /** Executes a parsed command line: once, or once for every image. */
  int execute(ParseResult parsed) {
    ParseResult command = parsed;
    while (command.hasSubcommand()) {
      command = command.subcommand();
    }
    Optional<Several> named = mixin(command, Several.class);
    if (named.isEmpty()
        || Nestwalk.asksForHelp(parsed)
        || !named.get().how().mayBeSeveral(named.get().named())) {
      return new RunLast().execute(parsed);
    }
    Several images = named.get();
    CommandLine line = command.commandSpec().commandLine();
    if (images.how().jobs() < 1) {
      throw new ParameterException(line, "--jobs must be at least 1");
    }
    // A command without such options has one form of answer, which is text.
    OutputOptions options = mixin(command, OutputOptions.class).orElseGet(OutputOptions::new);
    Optional<Path> kept = images.how().resume();
    if (kept.isPresent() && !(options instanceof TableOptions)) {
      throw new ParameterException(
          line,
          "--resume keeps the rows of lists; "
              + (command.commandSpec().name().equals("analyze")
                  ? "analyze goes on by its folders: run it again"
                  : "this command answers no list"));
    }
    // Before a file is made that a folder would list.
    List<Path> all = kept.isEmpty() ? images.all() : images(images, kept.get(), line);
    try (AnsweredImages answered =
        kept.isEmpty()
            ? AnsweredImages.NONE
            : AnsweredImages.open(kept.get(), command, images.asked(), Nestwalk.version())) {
      return run(images, all, answered, options);
    } catch (OutputException | StandardOutput.LostException e) {
      throw new CommandLine.ExecutionException(line, e.getMessage(), e);
    }
  }

  /** All images but the file that keeps their answers, which may lie in a folder of them. */
  private static List<Path> images(Several images, Path kept, CommandLine line) {
    List<Path> others = images.all().stream().filter(each -> !isSame(each, kept)).toList();
    boolean isNamed = images.named().stream().anyMatch(each -> isSame(each, kept));
    // What is empty may be evidence; nothing of ours is.
    boolean isListed = others.size() < images.all().size();
    if (isNamed || others.isEmpty() || (isListed && kept.toFile().length() == 0)) {
      throw new ParameterException(
          line, "--resume: %s is one of the images; name another file".formatted(kept));
    }
    return others;
  }

  private static boolean isSame(Path image, Path file) {
    try {
      return Files.isSameFile(image, file);
    } catch (IOException e) {
      return false; // One of them is not there.
    }
  }

  private static <T> Optional<T> mixin(ParseResult command, Class<T> type) {
    return command.commandSpec().mixins().values().stream()
        .map(each -> each.userObject())
        .filter(type::isInstance)
        .map(type::cast)
        .findFirst();
  }

  private int run(
      Several named, List<Path> images, AnsweredImages answered, OutputOptions options) {
    int jobs = named.how().jobs();
    boolean list = options instanceof TableOptions;
    List<ImageOutcome> outcomes = new ArrayList<>();
    // A column that no image has is said once, not once for each.
    Set<List<String>> refused = new HashSet<>();
    boolean terminal = Boolean.getBoolean(Nestwalk.TERMINAL);
    try (ProgressBar bar = new ProgressBar(err);
        ExecutorService workers = Executors.newFixedThreadPool(Math.min(jobs, images.size()))) {
      try {
        List<Future<ImageOutcome>> works = new ArrayList<>();
        for (Path image : images) {
          works.add(
              workers.submit(
                  () -> answered.orElse(image, named::identity, () -> runOne(image, list))));
        }
        for (Future<ImageOutcome> work : works) {
          ImageOutcome outcome = work.get();
          outcomes.add(outcome);
          bar.clear(); // What is told stands in its place.
          if (outcome.code() != ExitCode.USAGE || refused.add(outcome.messages())) {
            tell(outcome, options);
          }
          if (terminal) {
            bar.counted("images", outcomes.size(), images.size(), "images");
          }
        }
      } finally {
        workers.shutdownNow(); // A reader that has left waits for no more images.
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return ExitCode.FAULT;
    } catch (ExecutionException e) {
      throw new IllegalStateException(e.getCause());
    }
    if (answered.reused() > 0) {
      err.println(
          "nestwalk: answered before: %d of %s"
              .formatted(answered.reused(), Count.of(images.size(), "image")));
    }
    finish(outcomes, options);
    int code = code(outcomes);
    Optional<OutputException> lost = answered.lost();
    lost.ifPresent(e -> Messages.error(err, e.getMessage()));
    return lost.isEmpty() || code == ExitCode.FAULT || code == ExitCode.USAGE
        ? code
        : ExitCode.INPUT;
  }

  private ImageOutcome runOne(Path image, boolean list) {
    ImageOutput output = new ImageOutput(list);
    ImageMessages messages = new ImageMessages();
    int code =
        Nestwalk.execute(
            output,
            messages,
            parsed -> {
              ParseResult command = parsed.subcommand();
              mixin(command, Several.class).orElseThrow().take(image);
              return new RunLast().execute(parsed);
            },
            args.toArray(String[]::new));
    return ImageOutcome.of(image, code, output, messages);
  }

  /** What can be said of one before the others are done. */
  private void tell(ImageOutcome outcome, OutputOptions options) {
    for (String line : outcome.messages()) {
      String name = outcome.name() + ": ";
      err.println("nestwalk: " + (line.startsWith(name) ? line : name + line));
    }
    if (options.format() == OutputFormat.NDJSON && outcome.answer() != null) {
      rows(outcome).forEach(row -> out.println(Json.line(row)));
    } else if (options.format() == OutputFormat.TABLE && !(options instanceof TableOptions)) {
      text(outcome);
    }
    out.flush();
  }

  private void text(ImageOutcome outcome) {
    if (!outcome.text().isBlank()) {
      out.println("%n%s:".formatted(outcome.name()));
      out.println(outcome.text().strip());
    }
  }

  private void finish(List<ImageOutcome> outcomes, OutputOptions options) {
    switch (options.format()) {
      case JSON -> out.println(Json.pretty(joined(outcomes).json()));
      case NDJSON -> out.println(Json.line(joined(outcomes).lastLine()));
      case CSV -> {
        Set<String> columns = new LinkedHashSet<>(List.of(IMAGE));
        outcomes.forEach(each -> columns.addAll(each.columns()));
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
  private void tables(List<ImageOutcome> outcomes) {
    Map<List<String>, TextTable> byHeader = new LinkedHashMap<>();
    for (ImageOutcome outcome : outcomes) {
      for (TextTable table : outcome.tables()) {
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

  private static List<ObjectNode> rows(ImageOutcome outcome) {
    return outcome.answer().rows().stream().map(row -> named(outcome, row)).toList();
  }

  private static ObjectNode named(ImageOutcome outcome, JsonNode row) {
    ObjectNode named = Json.object().put(IMAGE, outcome.image().toString());
    row.properties().stream()
        .filter(each -> !each.getKey().equals(IMAGE))
        .forEach(each -> named.set(each.getKey(), each.getValue()));
    return named;
  }

  private static Answer joined(List<ImageOutcome> outcomes) {
    List<ObjectNode> rows = new ArrayList<>();
    Map<String, JsonNode> beside = new LinkedHashMap<>();
    ObjectNode coverage = Json.object();
    ArrayNode images = coverage.putArray("images");
    ArrayNode warnings = coverage.putArray("warnings");
    Answer kind = null;
    for (ImageOutcome outcome : outcomes) {
      Answer answer = outcome.answer();
      ObjectNode image = images.addObject().put(IMAGE, outcome.image().toString());
      image.put("exitCode", outcome.code());
      if (answer == null) {
        image.put("error", String.join("; ", outcome.messages()));
        continue;
      }
      kind = answer;
      rows.addAll(rows(outcome));
      answer.coverage().properties().forEach(each -> image.set(each.getKey(), each.getValue()));
      answer
          .coverage()
          .path("warnings")
          .forEach(each -> warnings.add("%s: %s".formatted(outcome.image(), each.asText())));
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
  private static int code(List<ImageOutcome> outcomes) {
    Set<Integer> codes = new LinkedHashSet<>();
    outcomes.forEach(each -> codes.add(each.code()));
    for (int grave : List.of(ExitCode.FAULT, ExitCode.USAGE, ExitCode.INPUT, ExitCode.DONE)) {
      if (codes.contains(grave)) {
        return grave;
      }
    }
    return ExitCode.NOT_FOUND;
  }
}
