package io.nestwalk.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nestwalk.answer.Answer;
import io.nestwalk.answer.Hex;
import io.nestwalk.answer.Json;
import io.nestwalk.answer.MappingAnswer;
import io.nestwalk.answer.PageRun;
import io.nestwalk.answer.StateSums;
import io.nestwalk.answer.Subject;
import io.nestwalk.index.Entry.RunEntry;
import io.nestwalk.index.EntryJson;
import io.nestwalk.index.ProcessPages;
import io.nestwalk.machine.Machine;
import io.nestwalk.memory.StoredRuns;
import io.nestwalk.paging.Permissions;
import io.nestwalk.session.MappedPages;
import io.nestwalk.system.GuestMapping;
import io.nestwalk.system.GuestProcess;
import io.nestwalk.system.GuestSystem;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Lists the mappings of a process. */
@Command(
    name = "maps",
    description = {
      "Lists the mappings of a process, and with --pages the pages behind them.",
      "Where the system's mappings are not known, the pages that its tables map are shown instead."
    },
    mixinStandardHelpOptions = true,
    addMethodSubcommands = false)
final class MapsCommand implements Callable<Integer> {

  /** More runs than this are not shown where no mapping bounds them. */
  private static final int MAX_RUNS = 1 << 20;

  @Spec private CommandSpec spec;
  @Mixin private Images image;

  @Option(names = "--pid", paramLabel = "N", required = true, description = "the process")
  private int pid;

  @Option(
      names = "--machine",
      paramLabel = "M",
      description = "its machine (default: ${DEFAULT-VALUE}, with a note when others have it too)",
      defaultValue = Machine.HOST)
  private String machine;

  @Option(
      names = "--pages",
      description =
          "show the pages as runs, with their addresses in every layer; those that the hardware"
              + " does not map with what the system knows of them: in transition, in a page file"
              + " ...")
  private boolean pages;

  @Mixin private TableOptions output;

  @Override
  public Integer call() throws Exception {
    PrintWriter out = spec.commandLine().getOut();
    PrintWriter err = spec.commandLine().getErr();
    try (Session session = Session.open(image, err)) {
      boolean named = spec.commandLine().getParseResult().hasMatchedOption("--machine");
      if (!named) {
        // All are looked at for a process of that number; the host alone would be found twice.
        session.machines();
      }
      Machine chosen = session.machine(machine);
      GuestSystem system = session.requiredSystem(chosen);
      GuestProcess process = session.process(chosen, pid);
      if (!named) {
        noteNamesakes(session, chosen);
      }
      if (process.kernelThread()) {
        session.note(
            "%s: process %d (%s) is a kernel thread: it has no mappings"
                .formatted(chosen.id(), pid, Printable.of(process.name())));
      }
      if (output.isOwnTable()) {
        out.println(title(chosen, process));
      }
      if (system.unknown().contains(GuestSystem.Subject.MAPPINGS) && !process.kernelThread()) {
        pagesAlone(session, chosen, system, process, out, err);
      } else {
        mappings(session, chosen, system, process, out, err);
      }
    }
    return ExitCode.DONE;
  }

  private static String title(Machine machine, GuestProcess process) {
    return "%s: process %d (%s)%s"
        .formatted(
            machine.id(),
            process.pid(),
            Printable.of(process.name()),
            process.root().isPresent() ? ", root " + Hex.of(process.root().getAsLong()) : "");
  }

  /** Who names no machine may mean the process of that number in a guest. */
  private void noteNamesakes(Session session, Machine chosen) {
    for (Machine other : session.machines().all()) {
      if (!other.id().equals(chosen.id()) && other.system().isPresent()) {
        other.system().get().processes().stream()
            .filter(process -> process.pid() == pid)
            .findFirst()
            .ifPresent(
                process ->
                    session.note(
                        "%s has a process %d too (%s): --machine %s shows that"
                            .formatted(other.id(), pid, Printable.of(process.name()), other.id())));
      }
    }
  }

  private void mappings(
      Session session,
      Machine chosen,
      GuestSystem system,
      GuestProcess process,
      PrintWriter out,
      PrintWriter err) {
    List<GuestMapping> mappings = system.mappings(process);
    Optional<MappedPages> runs =
        pages
            ? system
                .memoryOf(process)
                .map(memory -> MappedPages.in(chosen, memory, session.image().memory()))
            : Optional.empty();
    if (output.isOwnTable()) {
      table(
          output.chosen(
              Subject.MAPPING, mappings, each -> row(chosen, process, each, false, List.of())),
          runs,
          out);
      session.warn(err);
    } else {
      List<ObjectNode> rows = new ArrayList<>();
      StateSums states = new StateSums();
      for (GuestMapping mapping : mappings) {
        List<PageRun> behind = runs.map(known -> known.of(mapping)).orElse(List.of());
        states.add(behind);
        rows.add(row(chosen, process, mapping, runs.isPresent(), behind));
      }
      ObjectNode coverage = session.coverage();
      if (runs.isPresent()) {
        coverage.set("states", states.json());
      }
      new AnswerWriter(out, err)
          .write(new Answer(Subject.MAPPING, "mappings", rows, coverage), output);
    }
  }

  private void pagesAlone(
      Session session,
      Machine chosen,
      GuestSystem system,
      GuestProcess process,
      PrintWriter out,
      PrintWriter err) {
    ProcessPages found =
        ProcessPages.of(chosen, system, process, StoredRuns.of(session.image()), MAX_RUNS);
    session.note(
        "%s: the mappings of processes are not known; the pages that the tables of process %d map"
                .formatted(chosen.id(), process.pid())
            + " are shown instead");
    if (!found.complete()) {
      session.note(
          "%s: process %d: its tables map more than plausible tables do; only a part is shown"
              .formatted(chosen.id(), process.pid()));
    }
    if (output.isOwnTable() && !output.isSelective()) {
      runTable("", found.runs().stream().map(RunEntry::pages).toList(), out);
      session.warn(err);
      return;
    }
    List<ObjectNode> rows = found.runs().stream().map(EntryJson::of).toList();
    rows.forEach(row -> row.remove("type"));
    Answer answer =
        output.format() == OutputFormat.JSON && !output.isSelective()
            ? new Answer(Subject.MAPPING, "mappings", List.of(), session.coverage())
                .with("runs", Json.MAPPER.createArrayNode().addAll(rows))
            : new Answer(Subject.RUN, "runs", rows, session.coverage());
    new AnswerWriter(out, err).write(answer, output);
  }

  private static void table(
      List<GuestMapping> mappings, Optional<MappedPages> runs, PrintWriter out) {
    if (runs.isEmpty()) {
      TextTable table =
          new TextTable("START", "END", "PERM", "OFFSET", "PRESENT", "KIND", "FLAGS", "PATH");
      for (GuestMapping mapping : mappings) {
        table.row(
            Hex.of(mapping.start()),
            Hex.of(mapping.end()),
            mapping.permissions(),
            Hex.of(mapping.offset()),
            Sizes.of(mapping.presentBytes()),
            mapping.kind(),
            flags(mapping),
            mapping.path().map(Printable::of).orElse(""));
      }
      table.print(out);
      return;
    }
    StateSums states = new StateSums();
    for (GuestMapping mapping : mappings) {
      out.println(
          "%s-%s %s %s %s"
              .formatted(
                  Hex.of(mapping.start()),
                  Hex.of(mapping.end()),
                  mapping.permissions(),
                  mapping.kind(),
                  mapping.path().map(Printable::of).orElse(""))
              .stripTrailing());
      List<PageRun> present = runs.get().of(mapping);
      if (!present.isEmpty()) {
        runTable("  ", present, out);
        states.add(present);
      }
    }
    out.println("in all: " + states);
  }

  private static void runTable(String indent, List<PageRun> runs, PrintWriter out) {
    TextTable table =
        new TextTable(
            indent + "VIRTUAL", "LENGTH", "GPA", "HPA", "FILE OFFSET", "PAGE", "PERM", "STATE");
    for (PageRun run : runs) {
      table.row(
          indent + Hex.of(run.start()),
          Sizes.of(run.length()),
          run.gpa() == PageRun.NONE ? "-" : Hex.of(run.gpa()),
          hostAddress(run),
          run.fileOffset() == PageRun.NONE ? "-" : Hex.of(run.fileOffset()),
          Sizes.of(run.pageSize()),
          Permissions.format(run.permissions()),
          run.state().isMapped() ? "" : Printable.of(run.state().toString()));
    }
    table.print(out);
  }

  private static String hostAddress(PageRun run) {
    if (run.hpa() != PageRun.NONE) {
      return Hex.of(run.hpa());
    }
    return run.state().isMapped() ? "not mapped" : "-";
  }

  private static String flags(GuestMapping mapping) {
    return mapping.flags().isEmpty()
        ? "-"
        : String.join(",", mapping.flags().stream().map(Object::toString).toList());
  }

  private static ObjectNode row(
      Machine machine,
      GuestProcess process,
      GuestMapping mapping,
      boolean withRuns,
      List<PageRun> runs) {
    ObjectNode row = MappingAnswer.of(machine.id(), process.pid(), process.name(), mapping);
    if (withRuns) {
      ArrayNode array = row.putArray("runs");
      runs.forEach(run -> array.add(run.json()));
    }
    return row;
  }
}
