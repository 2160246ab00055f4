package io.nestwalk.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nestwalk.answer.Answer;
import io.nestwalk.answer.Hex;
import io.nestwalk.answer.Json;
import io.nestwalk.answer.Subject;
import io.nestwalk.image.ImageException;
import io.nestwalk.index.ImageIdentity;
import io.nestwalk.machine.Machine;
import io.nestwalk.wording.Count;
import io.nestwalk.yara.YaraAnswer;
import io.nestwalk.yara.YaraException;
import io.nestwalk.yara.YaraHit;
import io.nestwalk.yara.YaraHit.Place;
import io.nestwalk.yara.YaraRules;
import io.nestwalk.yara.YaraScope;
import io.nestwalk.yara.YaraSearch;
import io.nestwalk.yara.YaraSearch.Found;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Follows YARA rules. */
@Command(
    name = "yara",
    description = {
      "Says of which memory YARA rules are true, and where their strings stand.",
      "Each process is looked through alone, in the order of its virtual addresses, so that a rule"
          + " whose strings lie in several pages of one process is true of that process; likewise"
          + " each kernel and each machine's physical memory, where they are asked for.",
      "Needs libyara of YARA 4.2 (Debian: libyara9). Rules can't include other files.",
      ""
    },
    mixinStandardHelpOptions = true,
    addMethodSubcommands = false)
final class YaraCommand implements Callable<Integer> {

  /** So long no file of rules is. */
  private static final long MAX_RULES = 64 << 20;

  @Spec private CommandSpec spec;

  @Mixin private RulesAndImages image;

  @Option(names = "--machine", paramLabel = "M", description = "only this machine")
  private String machine;

  @Option(names = "--pid", paramLabel = "N", description = "only this process")
  private Integer pid;

  @Option(names = "--kernel", description = "kernels' memory; processes only when --pid names one")
  private boolean kernel;

  @Option(
      names = "--physical",
      description =
          "guests' physical memory and the image's own; processes only when --pid names one")
  private boolean physical;

  @Option(
      names = "--timeout",
      paramLabel = "S",
      description = "give up a process, kernel or machine after S seconds (${DEFAULT-VALUE})")
  private int timeout = 600;

  @Option(
      names = "--limit",
      paramLabel = "N",
      description = "keep at most so many hits (default: ${DEFAULT-VALUE})")
  private int limit = 10_000;

  @Option(
      names = "--strings",
      paramLabel = "N",
      description = "keep at most so many places of strings for each hit (${DEFAULT-VALUE})")
  private int strings = 100;

  @Option(
      names = "--keep",
      description =
          "keep the hits in CASE, in place of those that were kept before; `search CASE kind:yara`"
              + " finds them")
  private boolean keep;

  @Mixin private TableOptions output;

  @Override
  public Integer call() throws Exception {
    PrintWriter out = spec.commandLine().getOut();
    PrintWriter err = spec.commandLine().getErr();
    requirePositive("--timeout", timeout);
    requirePositive("--limit", limit);
    requirePositive("--strings", strings);
    byte[] source = source();
    try (YaraRules rules = YaraRules.compile(image.rules().toString(), source);
        KeptHits kept = keep ? KeptHits.in(image, spec.commandLine()) : null;
        Session session = Session.open(image, err)) {
      rules.warnings().forEach(session::note);
      Optional<Machine> only =
          machine == null ? Optional.empty() : Optional.of(session.machine(machine));
      Found found =
          new YaraSearch(session.image(), session.machines(), rules, scope(), session.progress())
              .run(only);
      ListingCommand.requireFound(pid, found.pidSeen());
      found.warnings().forEach(session::note);
      if (found.spaces() == 0) {
        session.note("nothing was searched: no memory of the kind that was asked for is known");
      }
      if (found.refused() > 0) {
        session.note(Count.of(found.refused(), "hit") + " more; --limit keeps more");
      }
      if (kept != null) {
        kept.keep(session, found, notes(found, source));
        err.println("nestwalk: " + kept.said(found));
      }
      ObjectNode coverage = session.coverage();
      coverage.put("bytesScanned", found.bytesScanned());
      if (output.isOwnTable()) {
        coverage.path("warnings").forEach(w -> Messages.warning(err, w.asText()));
        table(
            session,
            found,
            output.chosen(
                Subject.RULE_HIT,
                found.hits(),
                hit -> YaraAnswer.of(session.image().memory(), hit)),
            out);
      } else {
        List<ObjectNode> rows =
            found.hits().stream().map(hit -> YaraAnswer.of(session.image().memory(), hit)).toList();
        new AnswerWriter(out, err)
            .write(new Answer(Subject.RULE_HIT, "hits", rows, coverage), output);
      }
      return found.hits().isEmpty() ? ExitCode.NOT_FOUND : ExitCode.DONE;
    } catch (YaraException e) {
      if (e.fault() == YaraException.Cause.RULES) {
        throw new ParameterException(spec.commandLine(), e.getMessage(), e);
      }
      throw new ImageException("libyara", e.getMessage(), e);
    }
  }

  private void requirePositive(String option, int value) {
    if (value <= 0) {
      throw new ParameterException(spec.commandLine(), option + " must be at least 1");
    }
  }

  private YaraScope scope() {
    return new YaraScope(
        pid != null || !(kernel || physical),
        pid == null ? OptionalInt.empty() : OptionalInt.of(pid),
        kernel,
        physical,
        timeout,
        limit,
        strings);
  }

  /** What an answer from the folder has to say: by which rules, and where they were followed. */
  private ObjectNode notes(Found found, byte[] source) {
    ObjectNode notes = Json.object();
    notes.put("rules", image.rules().toString());
    notes.put("sha256", ImageIdentity.sha256(source));
    notes.put("hits", found.hits().size());
    notes.put("spaces", found.spaces());
    ArrayNode warnings = notes.putArray("warnings");
    found
        .said(image.rules().getFileName().toString(), scope(), Optional.ofNullable(machine))
        .forEach(warnings::add);
    return notes;
  }

  private byte[] source() throws ImageException {
    try {
      if (Files.size(image.rules()) > MAX_RULES) {
        throw new ImageException(image.rules().toString(), "too long for a file of rules");
      }
      return Files.readAllBytes(image.rules());
    } catch (IOException e) {
      throw ImageException.unreadable(image.rules().toString(), e);
    }
  }

  private static void table(Session session, Found found, List<YaraHit> chosen, PrintWriter out) {
    if (chosen.isEmpty()) {
      out.println(
          found.spaces() == 0
              ? "nothing searched"
              : found.warnings().isEmpty()
                  ? "nothing found"
                  : "nothing found in what was looked through; the warnings say what was not");
      return;
    }
    TextTable table =
        new TextTable("RULE", "MACHINE", "PID", "PROCESS", "STRING", "ADDRESS", "HPA", "BYTES");
    for (YaraHit hit : chosen) {
      if (hit.strings().isEmpty()) {
        row(table, hit, null, null, null, null);
      }
      for (Place place : hit.strings()) {
        row(
            table,
            hit,
            place.name(),
            Hex.of(place.address()),
            Hex.of(place.hpa()),
            YaraAnswer.preview(session.image().memory(), place));
      }
      if (hit.leftOut() > 0) {
        row(table, hit, "%d more; --strings keeps more".formatted(hit.leftOut()), null, null, null);
      }
    }
    table.print(out);
  }

  private static void row(
      TextTable table, YaraHit hit, String string, String address, String hpa, String bytes) {
    table.row(
        hit.rule(),
        hit.machine(),
        hit.pid().isPresent() ? hit.pid().getAsInt() : "-",
        Printable.of(hit.process()),
        string,
        address,
        hpa,
        bytes);
  }
}
