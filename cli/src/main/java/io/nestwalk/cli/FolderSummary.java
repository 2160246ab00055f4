package io.nestwalk.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nestwalk.answer.Answer;
import io.nestwalk.answer.Json;
import io.nestwalk.answer.Subject;
import io.nestwalk.finding.Rule;
import io.nestwalk.index.AnalysisFolder;
import io.nestwalk.index.Entry;
import io.nestwalk.index.SearchIndex;
import io.nestwalk.wording.Count;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;

/** What a folder holds, in short. */
final class FolderSummary {

  private FolderSummary() {}

  static void print(AnalysisFolder folder, OutputOptions output, PrintWriter out, PrintWriter err)
      throws IOException, io.nestwalk.image.ImageException {
    JsonNode facts = folder.facts(AnalysisFolder.INDEX_STAGE);
    ObjectNode coverage = coverage(folder);
    if (!output.isOwnTable()) {
      ObjectNode row = Json.object();
      row.put("folder", folder.path().toString());
      row.set("image", image(folder));
      row.set("documents", facts.path("documents"));
      row.put("indexBytes", facts.path("indexBytes").asLong());
      try (SearchIndex index = Folders.index(folder)) {
        list(index, Entry.Kind.MACHINE, row.putArray("machines"));
        list(index, Entry.Kind.FINDING, row.putArray("findings"));
      }
      new AnswerWriter(out, err).write(Answer.single(Subject.IMAGE, row, coverage), output);
      return;
    }
    coverage.path("warnings").forEach(w -> Messages.warning(err, w.asText()));
    TextTable machines =
        new TextTable("MACHINE", "SYSTEM", "SECOND LEVEL", "PROCESSES", "MAPPINGS", "FINDINGS");
    List<ObjectNode> findings = new ArrayList<>();
    try (SearchIndex index = Folders.index(folder)) {
      index.forEach(
          Entry.Kind.MACHINE, machine -> machines.row(cells(index, machine.tree(), coverage)));
      index.forEach(Entry.Kind.FINDING, finding -> findings.add(finding.tree()));
    }
    machines.print(out);
    out.println();
    TextTable table = new TextTable("folder", folder.path().toString());
    table.row("image", folder.manifest().path("image").path("path").asText());
    table.row("sha256", folder.sha256().orElse("not made (`analyze --sha256` makes it)"));
    table.row("memory", Sizes.of(coverage.path("bytesPresent").asLong()));
    JsonNode documents = facts.path("documents");
    table.row(
        "index",
        "%s (%s of pages), %s"
            .formatted(
                Count.of(facts.path("total").asLong(), "document"),
                Count.of(documents.path("run").asLong(), "run"),
                Sizes.of(facts.path("indexBytes").asLong())));
    table.print(out);
    FindingsView.print(findings, coverage.path("examined"), out);
    out.println();
    out.println(
        "ask     nestwalk search %s kind:finding"
            .formatted(Printable.of(folder.path().toString())));
  }

  /** What tells the image from others; with the digest of the whole where one was made. */
  private static ObjectNode image(AnalysisFolder folder) {
    ObjectNode image = folder.manifest().path("image").deepCopy();
    folder.sha256().ifPresent(digest -> image.put("sha256", digest));
    return image;
  }

  /** Documents as the commands list such things. */
  private static void list(SearchIndex index, Entry.Kind kind, ArrayNode into) throws IOException {
    index.forEach(kind, document -> into.add(document.row()));
  }

  private static Object[] cells(SearchIndex index, ObjectNode machine, JsonNode coverage)
      throws IOException {
    String id = machine.path("id").asText();
    JsonNode os = machine.path("os");
    JsonNode second = machine.path("secondLevel");
    return new Object[] {
      id,
      os.isObject()
          ? Printable.of(os.path("name").asText() + " " + os.path("version").asText())
          : "-",
      !second.has("root")
          ? second.path("kind").asText()
          : second.path("kind").asText() + " " + second.path("root").asText(),
      index.count(of(id, "process")),
      mappingsKnown(coverage, id) ? index.count(of(id, "mapping")) : "unknown",
      index.count(of(id, "finding"))
    };
  }

  private static boolean mappingsKnown(JsonNode coverage, String machine) {
    for (JsonNode each : coverage.path("examined")) {
      if (each.path("machine").asText().equals(machine)) {
        for (JsonNode omitted : each.path("omitted")) {
          if (omitted.path("rule").asText().equals(Rule.WRITABLE_EXECUTABLE.toString())) {
            return false;
          }
        }
      }
    }
    return true;
  }

  private static io.nestwalk.index.Query of(String machine, String kind) throws IOException {
    try {
      return io.nestwalk.index.QueryParser.parse("machine:\"%s\" kind:%s".formatted(machine, kind));
    } catch (io.nestwalk.index.QuerySyntaxException e) {
      throw new IOException(e.getMessage(), e);
    }
  }

  /** What was looked at when the index was made. */
  static ObjectNode coverage(AnalysisFolder folder) {
    return folder.coverage();
  }
}
