package io.nestwalk.cli;

import io.nestwalk.answer.Answer;
import io.nestwalk.answer.Hex;
import io.nestwalk.answer.ImageAnswer;
import io.nestwalk.answer.Subject;
import io.nestwalk.image.Candidate;
import io.nestwalk.image.Cpu;
import io.nestwalk.image.ImageException;
import io.nestwalk.image.MachineSnapshot;
import io.nestwalk.image.MemoryImage;
import io.nestwalk.image.MemoryImages;
import io.nestwalk.image.Progress;
import io.nestwalk.image.SystemHints;
import io.nestwalk.machine.Virtualization;
import io.nestwalk.system.VirtualizationFact;
import io.nestwalk.system.VirtualizationFact.Feature;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Tells what is in a dump file. */
@Command(
    name = "info",
    description = "Tells what is in an image: its format, memory, CPUs and virtualization support.",
    mixinStandardHelpOptions = true,
    addMethodSubcommands = false)
final class InfoCommand implements Callable<Integer> {

  /** A core may have a hundred thousand runs; a person reads this many. */
  private static final int RUNS_SHOWN = 32;

  @Spec private CommandSpec spec;
  @Mixin private Images image;
  @Mixin private OutputOptions output;

  @Override
  public Integer call() throws Exception {
    PrintWriter out = spec.commandLine().getOut();
    PrintWriter err = spec.commandLine().getErr();
    try (Session session = Session.open(image, err)) {
      if (output.isOwnTable()) {
        session.warn(err);
        table(session, out);
        virtualization(Virtualization.of(session.machines()), out);
        if (output.isVerbose()) {
          probes(out);
        }
      } else {
        new AnswerWriter(out, err)
            .write(
                Answer.single(
                    Subject.IMAGE,
                    ImageAnswer.of(session.image(), session.machines()),
                    session.coverage()),
                output);
      }
    }
    return ExitCode.DONE;
  }

  private static void hints(SystemHints hints, PrintWriter out) {
    if (hints.isEmpty()) {
      return;
    }
    out.println();
    TextTable table =
        new TextTable("NOTED IN THE " + hints.source().toUpperCase(Locale.ROOT), "VALUE");
    hints.values().forEach((name, value) -> table.row(name, Hex.of(value)));
    table.print(out);
    if (!hints.modules().isEmpty()) {
      out.println();
      TextTable modules = new TextTable("MODULE", "BASE", "SIZE");
      hints.modules().stream()
          .limit(RUNS_SHOWN)
          .forEach(
              module ->
                  modules.row(
                      Printable.of(module.name()), Hex.of(module.base()), Sizes.of(module.size())));
      modules.print(out);
      if (hints.modules().size() > RUNS_SHOWN) {
        out.println("... %d more".formatted(hints.modules().size() - RUNS_SHOWN));
      }
    }
  }

  private static void virtualization(Virtualization virtualization, PrintWriter out) {
    out.println();
    List<Feature> told =
        Stream.of(Feature.values())
            .filter(each -> !virtualization.evidence(each).isEmpty())
            .toList();
    if (told.isEmpty()) {
      out.println("virtualization: not known; nothing in the image shows it");
      return;
    }
    TextTable table = new TextTable("VIRTUALIZATION", "SUPPORTED", "IN USE", "EVIDENCE");
    for (Feature feature : told) {
      List<VirtualizationFact> evidence = virtualization.evidence(feature);
      table.row(
          feature,
          answer(virtualization.supported(feature)),
          answer(virtualization.enabled(feature)),
          evidence.getFirst().evidence());
      evidence.stream().skip(1).forEach(fact -> table.row("", "", "", fact.evidence()));
    }
    table.print(out);
  }

  private static String answer(Optional<Boolean> known) {
    return known.map(yes -> yes ? "yes" : "no").orElse("unknown");
  }

  /** Which formats looked at the file, and what each said. */
  private void probes(PrintWriter out) throws ImageException {
    out.println();
    TextTable table = new TextTable("FORMAT", "ANSWER", "REASON");
    for (Candidate each : MemoryImages.probe(image.image(), image.open(Progress.NONE))) {
      table.row(
          each.format().name(),
          each.probe().confidence().name().toLowerCase(Locale.ROOT),
          each.probe().reason());
    }
    table.print(out);
  }

  private static void table(Session session, PrintWriter out) {
    MemoryImage opened = session.image();
    TextTable facts = new TextTable("image", opened.file().name());
    facts.row("format", opened.format());
    if (!opened.file().container().isEmpty()) {
      facts.row("container", opened.file().container());
    }
    opened.creator().ifPresent(creator -> facts.row("creator", creator));
    opened.architecture().ifPresent(arch -> facts.row("architecture", arch));
    facts.row("memory", Sizes.of(opened.memory().presentBytes()));
    facts.print(out);
    out.println();
    if (!opened.snapshots().isEmpty()) {
      TextTable snapshots = new TextTable("ID", "SNAPSHOT", "MADE", "STATE", "READ");
      for (MachineSnapshot each : opened.snapshots()) {
        snapshots.row(
            each.id(),
            each.name(),
            each.time(),
            Sizes.of(each.stateBytes()),
            each.read() ? "yes" : "-");
      }
      snapshots.print(out);
      out.println();
    }
    TextTable runs = new TextTable("PHYSICAL", "LENGTH", "FILE OFFSET");
    opened.runs().stream()
        .limit(RUNS_SHOWN)
        .forEach(
            run -> runs.row(Hex.of(run.start()), Sizes.of(run.length()), Hex.of(run.fileOffset())));
    if (opened.runs().isEmpty()) {
      opened.memory().ranges().stream()
          .limit(RUNS_SHOWN)
          .forEach(range -> runs.row(Hex.of(range.start()), Sizes.of(range.length()), "in blocks"));
    }
    runs.print(out);
    int count = Math.max(opened.runs().size(), opened.memory().ranges().size());
    if (count > RUNS_SHOWN) {
      out.println("... %d more".formatted(count - RUNS_SHOWN));
    }
    for (Cpu cpu : opened.cpus()) {
      out.println();
      out.println("CPU %d, %s".formatted(cpu.id(), cpu.architecture()));
      StringBuilder line = new StringBuilder();
      for (var register : cpu.registers().values().entrySet()) {
        String cell = "%s=%s".formatted(register.getKey(), Hex.of(register.getValue()));
        if (line.length() + cell.length() > 96) {
          out.println("  " + line);
          line.setLength(0);
        }
        line.append(line.isEmpty() ? "" : "  ").append(cell);
      }
      out.println("  " + line);
    }
    hints(opened.hints(), out);
  }
}
