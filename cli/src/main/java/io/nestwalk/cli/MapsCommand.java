package io.nestwalk.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nestwalk.machine.Machine;
import io.nestwalk.memory.Budget;
import io.nestwalk.memory.PageRuns;
import io.nestwalk.paging.Permissions;
import io.nestwalk.system.GuestMapping;
import io.nestwalk.system.GuestProcess;
import java.io.PrintWriter;
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
    description = "Lists the mappings of a process, and with --pages the pages behind them.",
    mixinStandardHelpOptions = true)
final class MapsCommand implements Callable<Integer> {

  @Spec private CommandSpec spec;
  @Mixin private ImageOptions image;

  @Option(names = "--pid", paramLabel = "N", required = true, description = "the process")
  private int pid;

  @Option(
      names = "--machine",
      paramLabel = "M",
      description = "its machine (default: ${DEFAULT-VALUE})")
  private String machine = Machine.HOST;

  @Option(
      names = "--pages",
      description = "show the present pages as runs, with their addresses in every layer")
  private boolean pages;

  @Mixin private OutputOptions output;

  @Override
  public Integer call() throws Exception {
    PrintWriter out = spec.commandLine().getOut();
    PrintWriter err = spec.commandLine().getErr();
    try (Session session = Session.open(image, err)) {
      Machine chosen = session.machine(machine);
      GuestProcess process = session.process(chosen, pid);
      List<GuestMapping> mappings = session.requiredSystem(chosen).mappings(process);
      Optional<PageLookup> runs =
          pages
              ? session
                  .requiredSystem(chosen)
                  .memoryOf(process)
                  .map(
                      memory ->
                          new PageLookup(
                              memory, chosen, session.image().memory(), Budget.forSpace(memory)))
              : Optional.empty();
      if (output.format() == OutputFormat.TABLE) {
        table(mappings, runs, out);
        session.warn(err);
      } else {
        List<ObjectNode> rows = mappings.stream().map(mapping -> row(mapping, runs)).toList();
        new AnswerWriter(out, err)
            .write(new Answer("mappings", rows, session.coverage()), output.format());
      }
    }
    return ExitCode.DONE;
  }

  private static void table(
      List<GuestMapping> mappings, Optional<PageLookup> runs, PrintWriter out) {
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
      List<PageRuns.Run> present = runs.get().runs(mapping);
      if (present.isEmpty()) {
        continue;
      }
      TextTable table =
          new TextTable("  VIRTUAL", "LENGTH", "GPA", "HPA", "FILE OFFSET", "PAGE", "PERM");
      for (PageRuns.Run run : present) {
        table.row(
            "  " + Hex.of(run.start()),
            Sizes.of(run.length()),
            runs.get().isGuest() && run.below() != PageRuns.NOT_MAPPED ? Hex.of(run.below()) : "-",
            hostAddress(run),
            runs.get().isInFile(run) ? Hex.of(runs.get().fileOffset(run)) : "-",
            Sizes.of(run.pageSize()),
            Permissions.format(run.permissions()));
      }
      table.print(out);
    }
  }

  private static String hostAddress(PageRuns.Run run) {
    if (run.lowest() != PageRuns.NOT_MAPPED) {
      return Hex.of(run.lowest());
    }
    return run.state().isMapped() ? "not mapped" : run.state().toString();
  }

  private static String flags(GuestMapping mapping) {
    return mapping.flags().isEmpty()
        ? "-"
        : String.join(",", mapping.flags().stream().map(Object::toString).toList());
  }

  private static ObjectNode row(GuestMapping mapping, Optional<PageLookup> runs) {
    ObjectNode row = AnswerWriter.JSON.createObjectNode();
    row.put("start", Hex.of(mapping.start()));
    row.put("end", Hex.of(mapping.end()));
    row.put("permissions", mapping.permissions());
    row.put("kind", mapping.kind().toString());
    row.put("path", mapping.path().orElse(null));
    row.put("offset", Hex.of(mapping.offset()));
    row.put("presentBytes", mapping.presentBytes());
    ArrayNode flags = row.putArray("flags");
    mapping.flags().forEach(flag -> flags.add(flag.toString()));
    row.put("object", Hex.of(mapping.object()));
    if (runs.isPresent()) {
      ArrayNode array = row.putArray("runs");
      for (PageRuns.Run run : runs.get().runs(mapping)) {
        ObjectNode node = array.addObject();
        node.put("start", Hex.of(run.start()));
        node.put("length", run.length());
        node.put(
            "gpa",
            runs.get().isGuest() && run.below() != PageRuns.NOT_MAPPED
                ? Hex.of(run.below())
                : null);
        node.put("hpa", run.lowest() == PageRuns.NOT_MAPPED ? null : Hex.of(run.lowest()));
        if (runs.get().isInFile(run)) {
          node.put("fileOffset", runs.get().fileOffset(run));
        } else {
          node.putNull("fileOffset");
        }
        if (!run.state().isMapped()) {
          node.put("state", run.state().name());
        }
        node.put("pageSize", run.pageSize());
        node.put("permissions", Permissions.format(run.permissions()));
      }
    }
    return row;
  }
}
