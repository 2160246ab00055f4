package io.nestwalk.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nestwalk.answer.Answer;
import io.nestwalk.answer.Subject;
import io.nestwalk.index.AnalysisFolder;
import io.nestwalk.index.Entry;
import io.nestwalk.index.Field;
import io.nestwalk.index.KeptRules;
import io.nestwalk.index.Located;
import io.nestwalk.index.Query;
import io.nestwalk.index.QueryParser;
import io.nestwalk.index.QuerySyntaxException;
import io.nestwalk.index.SearchIndex;
import io.nestwalk.index.SearchIndex.Hits;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Function;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Asks an index. */
@Command(
    name = "search",
    description = {
      "Asks a folder that `analyze` or `index` has made, or several, or the cluster"
          + " that `index` filled: https://HOST[:PORT]/NAME[/IMAGE].",
      "",
      "A query is made of FIELD:VALUE and free words, joined by AND, OR, NOT and brackets; words"
          + " side by side must all match. * and ? are wildcards, FROM..TO and [FROM TO TO] ranges,"
          + " quotes hold blanks. Fields: name, path, permissions, machine, pid, ppid, uid, kind,"
          + " flag, root, object, va, gpa, hpa, fileOffset. Runs of pages are many: they answer"
          + " only to kind:run (or user, kernel, physical) or to an address.",
      "",
      "  va:0x7f18b8cd9ff4 machine:vm1    which process has this address, and where it lies",
      "  hpa:0x6bf2000                    every owner of this page, in every machine",
      "  name:sshd permissions:wx         writable and executable memory of a process",
      "  kind:yara flag:RULE              what `yara RULES DIR --keep` found",
      "  path:*libcrypto* NOT machine:host",
      ""
    },
    mixinStandardHelpOptions = true,
    addMethodSubcommands = false)
final class SearchCommand implements Callable<Integer> {

  @Spec private CommandSpec spec;

  @Mixin private Cases cases;

  @Option(
      names = "--limit",
      paramLabel = "N",
      description = "show at most so many answers (default: ${DEFAULT-VALUE})")
  private int limit = 1000;

  @Mixin private TableOptions output;

  @Override
  public Integer call() throws Exception {
    PrintWriter out = spec.commandLine().getOut();
    PrintWriter err = spec.commandLine().getErr();
    if (limit <= 0) {
      throw new ParameterException(spec.commandLine(), "--limit must be at least 1");
    }
    Query query = parse();
    Optional<URI> cluster = RemoteIndex.place(cases.folder(), spec.commandLine());
    if (cluster.isPresent()) {
      try (SearchIndex index = RemoteIndex.of(cluster.get(), spec.commandLine()).open()) {
        ObjectNode coverage = RemoteIndex.coverage(index);
        if (query.asksFor(Entry.Kind.YARA)) {
          RemoteIndex.addRules(coverage);
        }
        return answer(index, coverage, query, out, err);
      }
    }
    try (AnalysisFolder opened = Folders.read(cases.folder());
        SearchIndex index = Folders.index(opened)) {
      ObjectNode coverage = FolderSummary.coverage(opened);
      if (query.asksFor(Entry.Kind.YARA)) {
        KeptRules.of(opened).addTo(coverage);
      }
      return answer(index, coverage, query, out, err);
    }
  }

  private int answer(
      SearchIndex index, ObjectNode coverage, Query query, PrintWriter out, PrintWriter err)
      throws IOException {
    Hits hits = index.search(query, limit);
    List<ObjectNode> rows =
        hits.documents().stream().map(document -> Located.row(document, query)).toList();
    if (output.isOwnTable()) {
      table(output.chosen(Subject.DOCUMENT, rows, Function.identity()), query, out);
      coverage.path("warnings").forEach(w -> Messages.warning(err, w.asText()));
      FindingsView.gaps(coverage.path("examined")).forEach(gap -> Messages.warning(err, gap));
      if (rows.isEmpty()) {
        err.println(
            "nestwalk: runs of pages answer only to kind:run or an address"
                + " (va:, gpa:, hpa:, fileOffset:)");
      }
      if (hits.total() > rows.size()) {
        err.println(
            "nestwalk: %d of %d shown; --limit shows more".formatted(rows.size(), hits.total()));
      }
    } else {
      coverage.put("total", hits.total());
      new AnswerWriter(out, err)
          .write(new Answer(Subject.DOCUMENT, "hits", rows, coverage), output);
    }
    return rows.isEmpty() ? ExitCode.NOT_FOUND : ExitCode.DONE;
  }

  private Query parse() {
    try {
      return QueryParser.parse(cases.asked());
    } catch (QuerySyntaxException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage(), e);
    }
  }

  private static void table(List<ObjectNode> rows, Query query, PrintWriter out) {
    if (rows.isEmpty()) {
      out.println("nothing found");
      return;
    }
    TextTable table =
        new TextTable(
            "KIND", "MACHINE", "PID", "NAME", "ADDRESS", "GPA", "HPA", "SIZE", "PERM", "WHAT");
    boolean point = query.pointField().filter(field -> field != Field.VA).isPresent();
    for (ObjectNode row : rows) {
      SearchRow cells = new SearchRow(row);
      table.row(
          row.path("type").asText(),
          cells.text("machine", "id"),
          cells.text("pid"),
          cells.text("process", "name"),
          cells.text(point ? "address" : "start", "address", "start"),
          cells.text("gpa"),
          cells.text("hpa"),
          cells.size(),
          cells.text("permissions"),
          cells.what());
    }
    table.print(out);
  }
}
