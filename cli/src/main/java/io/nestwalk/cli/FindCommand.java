package io.nestwalk.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nestwalk.answer.Answer;
import io.nestwalk.answer.Hex;
import io.nestwalk.answer.Subject;
import io.nestwalk.find.Finder;
import io.nestwalk.find.Finder.Found;
import io.nestwalk.find.Hit;
import io.nestwalk.find.HitAnswer;
import io.nestwalk.find.Owner;
import io.nestwalk.find.PatternException;
import io.nestwalk.find.Patterns;
import io.nestwalk.image.ImageException;
import io.nestwalk.index.Entry.RunEntry;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
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
      ""
    },
    mixinStandardHelpOptions = true)
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

  @Mixin private TableOptions output;

  @Override
  public Integer call() throws Exception {
    PrintWriter out = spec.commandLine().getOut();
    PrintWriter err = spec.commandLine().getErr();
    if (limit <= 0) {
      throw new ParameterException(spec.commandLine(), "--limit must be at least 1");
    }
    Patterns patterns = patterns();
    try (Session session = Session.open(image, err)) {
      if (machine != null) {
        session.machine(machine);
      }
      Found found =
          new Finder(session.image(), session.machines(), session.progress())
              .find(patterns, wanted(), limit, Runtime.getRuntime().availableProcessors());
      ObjectNode coverage = session.coverage();
      coverage.put("bytesScanned", found.bytesScanned());
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
            .add("%d hits more; --limit keeps more".formatted(found.refused()));
      }
      if (output.isOwnTable()) {
        coverage.path("warnings").forEach(w -> Messages.warning(err, w.asText()));
        table(
            session,
            output.chosen(
                Subject.HIT,
                found.hits(),
                hit -> HitAnswer.of(session.image().memory(), patterns, hit)),
            out);
      } else {
        List<ObjectNode> rows =
            found.hits().stream()
                .map(hit -> HitAnswer.of(session.image().memory(), patterns, hit))
                .toList();
        new AnswerWriter(out, err).write(new Answer(Subject.HIT, "hits", rows, coverage), output);
      }
      return found.hits().isEmpty() ? ExitCode.NOT_FOUND : ExitCode.DONE;
    }
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
    if (machine == null && pid == null) {
      return null;
    }
    return owner ->
        (machine == null || owner.machine().equals(machine))
            && (pid == null || (owner.pid().isPresent() && owner.pid().getAsInt() == pid));
  }

  private static void table(Session session, List<Hit> hits, PrintWriter out) {
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
  }
}
