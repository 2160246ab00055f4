package io.nestwalk.report;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nestwalk.answer.Hex;
import io.nestwalk.answer.Json;
import io.nestwalk.index.AnalysisFolder;
import io.nestwalk.index.Entry;
import io.nestwalk.index.Entry.RuleHitEntry;
import io.nestwalk.index.RealAnalysis;
import io.nestwalk.index.SearchIndex;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Reports of real images, each against its published schema. */
class RealReportTest {

  @TempDir private Path folder;

  private static String write(AnalysisFolder made, ReportFormat format, Entry.Kind rows)
      throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (SearchIndex index = made.index()) {
      Reports.write(new Analysis(made, index), format, rows, out);
    }
    return out.toString(StandardCharsets.UTF_8);
  }

  private AnalysisFolder analyzed(RealAnalysis real) throws IOException {
    AnalysisFolder made = real.indexed(folder);
    Files.createDirectories(folder.resolve("reports"));
    WalkExamples.make(made, real.machines());
    return made;
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"kvm-npt", "kvm-shadow", "kvm-ept", "kvm-arm64", "linux-la57", "linux-pae"})
  void everyReportIsAsPublished(String name) throws Exception {
    RealAnalysis real = RealAnalysis.get(name);
    try (AnalysisFolder made = analyzed(real)) {
      String json = write(made, ReportFormat.JSON, Entry.Kind.RUN);
      assertThat(Schemas.faults("report", json)).isEmpty();
      JsonNode report = Json.MAPPER.readTree(json);
      JsonNode counts = made.facts(AnalysisFolder.INDEX_STAGE).path("documents");
      long lines = 0;
      for (Entry.Kind kind : Entry.Kind.values()) {
        long count = counts.path(kind.toString()).asLong();
        assertThat(report.path(Reports.plural(kind))).hasSize((int) count);
        assertThat(write(made, ReportFormat.CSV, kind).lines())
            .hasSizeGreaterThanOrEqualTo((int) count + 1);
        lines += count;
      }
      List<String> ndjson = write(made, ReportFormat.NDJSON, Entry.Kind.RUN).lines().toList();
      assertThat(ndjson).hasSize((int) lines + 1);
      for (int i = 0; i < ndjson.size(); i += Math.max(1, ndjson.size() / 300)) {
        assertThat(Schemas.faults("report-line", ndjson.get(i))).isEmpty();
      }
      assertThat(Schemas.faults("report-line", ndjson.getLast())).isEmpty();
      assertThat(Schemas.faults("manifest", made.manifest().toString())).isEmpty();
    }
  }

  /** A schema that takes everything would make the test above worthless. */
  @Test
  void theSchemaRefusesWhatIsWrong() throws Exception {
    RealAnalysis real = RealAnalysis.get("linux-la57");
    try (AnalysisFolder made = real.indexed(folder)) {
      ObjectNode report =
          (ObjectNode) Json.MAPPER.readTree(write(made, ReportFormat.JSON, Entry.Kind.RUN));
      ObjectNode renamed = report.deepCopy();
      ((ObjectNode) renamed.path("processes").get(0)).put("colour", "blue");
      assertThat(Schemas.faults("report", renamed.toString())).isNotEmpty();
      ObjectNode untyped = report.deepCopy();
      ((ObjectNode) untyped.path("runs").get(0)).put("hpa", 4096);
      assertThat(Schemas.faults("report", untyped.toString())).isNotEmpty();
      ObjectNode missing = report.deepCopy();
      missing.remove("coverage");
      assertThat(Schemas.faults("report", missing.toString())).isNotEmpty();
    }
  }

  /** Rules are the user's: they may be true of anything, at any number of places. */
  @Test
  void anyNumberOfRuleHitsKeepsTheHtmlFileSmall() throws Exception {
    RealAnalysis real = RealAnalysis.get("linux-la57");
    try (AnalysisFolder made = real.indexed(folder)) {
      String none = write(made, ReportFormat.HTML, Entry.Kind.RUN);
      assertThat(data(none).path("rules").path("followed").asBoolean()).isFalse();
      List<Entry> hits = new ArrayList<>();
      for (int i = 0; i < 150; i++) {
        hits.add(new RuleHitEntry("host", hit(60)));
      }
      ObjectNode facts = Json.object();
      for (int i = 0; i < 5000; i++) {
        facts.withArray("/warnings").add("yara: host: process " + i + " of which nothing is there");
      }
      made.replace(AnalysisFolder.YARA_STAGE, hits, facts);
      String html = write(made, ReportFormat.HTML, Entry.Kind.RUN);
      assertThat(html.length() - none.length()).isBetween(200_000, 350_000);
      JsonNode read = data(html);
      assertThat(read.at("/counts/yara").asInt()).isEqualTo(150);
      assertThat(read.path("ruleHits").size()).isBetween(5, 149);
      JsonNode first = read.path("ruleHits").path(0);
      assertThat(first.path("strings").size() + first.path("stringsLeftOut").asInt()).isEqualTo(63);
      assertThat(first.at("/strings/0/path").asText()).isEqualTo("/bin/own");
      assertThat(read.at("/rules/said").get(50).asText()).contains("4950 more");
      JsonNode whole = Json.MAPPER.readTree(write(made, ReportFormat.JSON, Entry.Kind.YARA));
      assertThat(whole.path("ruleHits")).hasSize(150);
      assertThat(whole.at("/coverage/warnings")).hasSizeGreaterThanOrEqualTo(5000);
    }
  }

  private static JsonNode data(String html) throws IOException {
    int data = html.indexOf("id=\"data\">") + "id=\"data\">".length();
    return Json.MAPPER.readTree(html.substring(data, html.indexOf("</script>", data)));
  }

  private static ObjectNode hit(int places) {
    ObjectNode hit = Json.object();
    hit.put("machine", "host").put("space", "user").put("pid", 1).put("process", "init");
    hit.put("rule", "many").putArray("tags");
    hit.putObject("meta").put("text", "<".repeat(10_000));
    for (int i = 0; i < places; i++) {
      ObjectNode place = hit.withArray("/strings").addObject();
      place.put("name", "$a").put("address", Hex.of(i)).put("length", 1).put("preview", "<");
      for (int pid = 0; pid < 2; pid++) {
        place
            .withArray("/owners")
            .addObject()
            .put("machine", "host")
            .put("space", "user")
            .put("pid", pid)
            .put("process", "init")
            .put("path", pid == 1 ? "/bin/own" : "/bin/other")
            .put("address", Hex.of(i));
      }
    }
    return hit.put("stringsLeftOut", 3);
  }

  @Test
  void theHtmlFileNeedsNothingAndTakesNoMarkupFromGuests() throws Exception {
    RealAnalysis real = RealAnalysis.get("kvm-npt");
    try (AnalysisFolder made = analyzed(real)) {
      String html = write(made, ReportFormat.HTML, Entry.Kind.RUN);
      assertThat(html).doesNotContain("https://", "src=", "@import", "url(http");
      int data = html.indexOf("id=\"data\">") + "id=\"data\">".length();
      String json = html.substring(data, html.indexOf("</script>", data));
      assertThat(json).doesNotContain("<").doesNotContain("&");
      JsonNode read = Json.MAPPER.readTree(json);
      assertThat(read.path("machines")).hasSize(2);
      assertThat(read.path("walks").toString()).contains("\"n\":24");
      // The host's command lines have "<" in them: they must come back whole.
      assertThat(read.path("processes").toString()).contains("read line </run/fifo");
    }
  }
}
