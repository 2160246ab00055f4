package io.nestwalk.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nestwalk.answer.Answer;
import io.nestwalk.answer.Hex;
import io.nestwalk.answer.Subject;
import io.nestwalk.find.Finder;
import io.nestwalk.find.Finder.Found;
import io.nestwalk.find.Hit;
import io.nestwalk.find.HitAnswer;
import io.nestwalk.find.HitContext;
import io.nestwalk.find.HitContexts;
import io.nestwalk.find.HitCounts;
import io.nestwalk.find.OwnedRuns;
import io.nestwalk.find.Owner;
import io.nestwalk.find.PatternException;
import io.nestwalk.find.Patterns;
import io.nestwalk.image.ImageException;
import io.nestwalk.index.AnalysisFolder;
import io.nestwalk.index.Entry.RunEntry;
import io.nestwalk.index.Entry.Space;
import io.nestwalk.index.SearchIndex;
import io.nestwalk.wording.Count;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Finds bytes. */
@Command(
    name = "find",
    description = {
      "Finds text, bytes or expressions in memory, and says whose they are.",
      "A hit that crosses into a page which lies elsewhere in physical memory counts too. An owner"
          + " is a space in which all bytes of the hit follow one another.",
      "Owners are read from the image's analysis where a finished one lies beside it or was named,"
          + " else from the page tables; with --no-cache always from these.",
      ""
    },
    mixinStandardHelpOptions = true,
    addMethodSubcommands = false)
final class FindCommand implements Callable<Integer> {

  @Spec private CommandSpec spec;
  @Mixin private Images image;

  @Option(
      names = "--text",
      paramLabel = "T",
      description = "text, as ASCII or UTF-8 and as UTF-16LE; may be given again")
  private List<String> texts = List.of();

  @Option(
      names = "--hex",
      paramLabel = "H",
      description = "bytes in hexadecimal, ? for any digit: \"48 8b ?? c3\"; may be given again")
  private List<String> hexes = List.of();

  @Option(
      names = "--regex",
      paramLabel = "R",
      description = "a regular expression over bytes, matches of up to 4 KiB; may be given again")
  private List<String> regexes = List.of();

  @Option(
      names = "--patterns",
      paramLabel = "FILE",
      description =
          "a file with a pattern per line: text:..., hex:..., regex:... or text alone; # begins a"
              + " remark")
  private Path file;

  @Option(names = "--machine", paramLabel = "M", description = "only what this machine owns")
  private String machine;

  @Option(names = "--pid", paramLabel = "N", description = "only what this process owns")
  private Integer pid;

  @Option(
      names = "--limit",
      paramLabel = "N",
      description = "keep at most so many hits (default: ${DEFAULT-VALUE})")
  private int limit = 100_000;

  @Option(
      names = {"-C", "--context"},
      paramLabel = "N",
      description =
          "also so many bytes before and after each hit, as its first wanted owner has them"
              + " (at most 4096)")
  private int context;

  @Option(
      names = "--process-only",
      description =
          "only hits in processes' own memory; of the owners only processes that were asked for")
  private boolean processOnly;

  @Option(
      names = "--count",
      description = "how many hits of each pattern each process, kernel and machine has")
  private boolean count;

  @Mixin private TableOptions output;

  private static final int MOST_CONTEXT = 4096;

  @Override
  public Integer call() throws Exception {
    PrintWriter out = spec.commandLine().getOut();
    PrintWriter err = spec.commandLine().getErr();
    if (limit <= 0) {
      throw new ParameterException(spec.commandLine(), "--limit must be at least 1");
    }
    if (context < 0 || context > MOST_CONTEXT) {
      throw new ParameterException(
          spec.commandLine(), "-C must be from 0 to %d".formatted(MOST_CONTEXT));
    }
    if (count && context > 0) {
      throw new ParameterException(spec.commandLine(), "--count and -C are two answers");
    }
    Patterns patterns = patterns();
    try (Session session = Session.open(image, err);
        AnalysisFolder analyzed = analyzed();
        SearchIndex index = analyzed == null ? null : Folders.index(analyzed)) {
      if (machine != null) {
        session.machine(machine);
      }
      Found found =
          finder(session, index)
              .find(patterns, wanted(), limit, Runtime.getRuntime().availableProcessors());
      ObjectNode coverage = session.coverage();
      coverage.put("bytesScanned", found.bytesScanned());
      if (analyzed != null) {
        coverage.put("ownersFrom", analyzed.path().toString());
      }
      if (found.bytesScanned() == 0) {
        coverage
            .withArray("warnings")
            .add(
                "nothing was searched: the image has no physical memory, and pieces of virtual"
                    + " memory are not searched");
      }
      if (found.refused() > 0) {
        coverage
            .withArray("warnings")
            .add(Count.of(found.refused(), "hit") + " more; --limit keeps more");
      }
      // Tables that were not followed to their end may hold owners that are not named.
      found.warnings().forEach(coverage.withArray("warnings")::add);
      List<Hit> hits =
          processOnly ? found.hits().stream().map(this::ofWanted).toList() : found.hits();
      if (output.isOwnTable()) {
        coverage.path("warnings").forEach(w -> Messages.warning(err, w.asText()));
      }
      if (count) {
        counts(HitCounts.rows(patterns, hits), coverage, out, err);
      } else if (output.isOwnTable()) {
        HitContexts contexts = contexts(session);
        List<Hit> chosen =
            output.chosen(Subject.HIT, hits, hit -> row(session, patterns, hit, contexts));
        contexts.warning().ifPresent(warning -> Messages.warning(err, warning));
        table(session, chosen, out);
      } else {
        HitContexts contexts = contexts(session);
        List<ObjectNode> rows =
            hits.stream().map(hit -> row(session, patterns, hit, contexts)).toList();
        contexts.warning().ifPresent(coverage.withArray("warnings")::add);
        new AnswerWriter(out, err).write(new Answer(Subject.HIT, "hits", rows, coverage), output);
      }
      return found.hits().isEmpty() ? ExitCode.NOT_FOUND : ExitCode.DONE;
    }
  }

  /** An analysis of this image, in whose index stands what belongs to whom; null for none. */
  private AnalysisFolder analyzed() throws ImageException {
    return image.remembers() ? Folders.finished(image).orElse(null) : null;
  }

  private static Finder finder(Session session, SearchIndex index) {
    return index == null
        ? new Finder(session.image(), session.machines(), session.progress())
        : new Finder(session.image(), OwnedRuns.indexed(index), session.progress());
  }

  private HitContexts contexts(Session session) {
    return new HitContexts(hit -> around(session, hit), context);
  }

  private HitContext around(Session session, Hit hit) {
    return HitContext.of(session.machines(), session.image().memory(), ofWanted(hit));
  }

  private ObjectNode row(Session session, Patterns patterns, Hit hit, HitContexts contexts) {
    ObjectNode row = HitAnswer.of(session.image().memory(), patterns, hit);
    if (context > 0) {
      contexts.of(hit).ifPresent(node -> row.set("context", node));
    }
    return row;
  }

  private void counts(
      List<ObjectNode> rows, ObjectNode coverage, PrintWriter out, PrintWriter err) {
    if (!output.isOwnTable()) {
      new AnswerWriter(out, err)
          .write(new Answer(Subject.HIT_COUNT, "counts", rows, coverage), output);
      return;
    }
    if (rows.isEmpty()) {
      out.println("nothing found");
      return;
    }
    TextTable table = new TextTable("HITS", "PATTERN", "MACHINE", "SPACE", "PID", "PROCESS");
    for (ObjectNode row : output.chosen(Subject.HIT_COUNT, rows, Function.identity())) {
      table.row(
          "%7d".formatted(row.path("hits").asLong()),
          ListingCommand.text(row.path("pattern")),
          row.has("machine") ? row.path("machine").asText() : "nobody's",
          ListingCommand.text(row.path("space")),
          ListingCommand.text(row.path("pid")),
          ListingCommand.text(row.path("process")));
    }
    table.print(out);
  }

  /** The hit with those owners alone that were asked for. */
  private Hit ofWanted(Hit hit) {
    Predicate<Owner> wanted = wanted();
    return wanted == null ? hit : hit.ownedBy(wanted);
  }

  private static boolean isProcess(Owner owner) {
    return owner.space() == Space.USER;
  }

  private Patterns patterns() throws ImageException {
    Patterns patterns = new Patterns();
    try {
      for (String text : texts) {
        patterns.text(text);
      }
      for (String hex : hexes) {
        patterns.hex(hex);
      }
      for (String regex : regexes) {
        patterns.regex(regex);
      }
      if (file != null) {
        lines(patterns);
      }
    } catch (PatternException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage(), e);
    }
    if (patterns.isEmpty()) {
      throw new ParameterException(
          spec.commandLine(), "nothing to look for: --text, --hex, --regex or --patterns");
    }
    return patterns;
  }

  private void lines(Patterns patterns) throws ImageException, PatternException {
    int number = 0;
    try (Stream<String> lines = Files.lines(file, StandardCharsets.UTF_8)) {
      for (String line : (Iterable<String>) lines::iterator) {
        number++;
        patterns.line(line);
      }
    } catch (PatternException e) {
      throw new ParameterException(
          spec.commandLine(), "%s, line %d: %s".formatted(file, number, e.getMessage()), e);
    } catch (UncheckedIOException e) {
      throw ImageException.unreadable(file.toString(), e.getCause());
    } catch (IOException e) {
      throw ImageException.unreadable(file.toString(), e);
    }
  }

  private Predicate<Owner> wanted() {
    if (machine == null && pid == null && !processOnly) {
      return null;
    }
    return owner ->
        (!processOnly || isProcess(owner))
            && (machine == null || owner.machine().equals(machine))
            && (pid == null || (owner.pid().isPresent() && owner.pid().getAsInt() == pid));
  }

  private void table(Session session, List<Hit> hits, PrintWriter out) {
    if (hits.isEmpty()) {
      out.println("nothing found");
      return;
    }
    TextTable table =
        new TextTable("HPA", "MACHINE", "PID", "PROCESS", "ADDRESS", "GPA", "WHERE", "BYTES");
    for (Hit hit : hits) {
      String preview = HitAnswer.preview(session.image().memory(), hit);
      if (hit.owners().isEmpty()) {
        table.row(Hex.of(hit.hpa()), null, null, null, null, null, "nobody's", preview);
      }
      for (Owner owner : hit.owners()) {
        table.row(
            Hex.of(hit.hpa()),
            owner.machine(),
            owner.pid().isPresent() ? owner.pid().getAsInt() : "-",
            Printable.of(owner.process()),
            Hex.of(owner.address()),
            owner.gpa() == RunEntry.NONE ? "-" : Hex.of(owner.gpa()),
            Printable.of(owner.path().orElse(owner.space().toString())),
            preview);
        preview = "";
      }
    }
    table.print(out);
    if (context > 0) {
      for (Hit hit : hits) {
        HitContext around = around(session, hit);
        out.println();
        out.println(
            "%s, 0x%x:".formatted(around.machine().orElse("physical memory"), around.address()));
        new HexDump(around.memory()).print(around.start(context), around.shown(context), out);
      }
    }
  }
}
