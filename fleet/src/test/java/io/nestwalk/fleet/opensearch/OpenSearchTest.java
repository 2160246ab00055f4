package io.nestwalk.fleet.opensearch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nestwalk.answer.Json;
import io.nestwalk.cli.Nestwalk;
import io.nestwalk.finding.Finding;
import io.nestwalk.finding.Rule;
import io.nestwalk.fleet.Job;
import io.nestwalk.image.Progress;
import io.nestwalk.index.Cataloguer;
import io.nestwalk.index.Entry;
import io.nestwalk.index.Entry.FindingEntry;
import io.nestwalk.index.Entry.MappingEntry;
import io.nestwalk.index.Entry.ProcessEntry;
import io.nestwalk.index.Entry.RunEntry;
import io.nestwalk.index.IndexBuilder;
import io.nestwalk.index.IndexStore;
import io.nestwalk.index.Query;
import io.nestwalk.index.QueryExamples;
import io.nestwalk.index.QueryParser;
import io.nestwalk.index.SearchIndex;
import io.nestwalk.machine.Machine;
import io.nestwalk.memory.StoredRuns;
import io.nestwalk.session.Case;
import io.nestwalk.session.CaseOptions;
import io.nestwalk.system.GuestMapping;
import io.nestwalk.system.GuestProcess;
import io.nestwalk.yara.YaraException;
import io.nestwalk.yara.YaraRules;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An index in a cluster, held against the one in a folder: the same entries for every query. */
class OpenSearchTest {

  private static final Path SAMPLE =
      Path.of(System.getProperty("nestwalk.root", ".."), "samples/kvm-npt.elf.zst");

  /** Over a real image; the queries of the tests over folders, and what analysts ask. */
  private static final List<String> QUERIES =
      List.of(
          "kind:machine",
          "kind:process",
          "kind:finding",
          "kind:process machine:vm1",
          "name:?ash",
          "name:qemu*",
          "path:*busybox*",
          "path:*busybox* NOT machine:host",
          "permissions:wx",
          "permissions:r-x kind:mapping",
          "permissions:rwx OR flag:deleted-file",
          "flag:*",
          "linux",
          "Linux version",
          "\"linux version\"",
          "busy*",
          "pid:1",
          "pid:..10",
          "pid:2..40 kind:process",
          "ppid:2",
          "uid:0",
          "uid:1..",
          "root:0x1000..",
          "object:0xffff800000000000..",
          "NOT kind:run",
          "NOT (machine:host OR machine:vm1)",
          "kind:mapping machine:vm1",
          "NOT NOT kind:machine",
          "va:0x7fff00000000..0x7fffffffffff",
          "va:0xffffffff81000000",
          "kind:run va:0xfffffffffffff000..",
          "gpa:0x1000 machine:vm1",
          "hpa:0x6bf2000",
          "hpa:0..0xffff kind:user",
          "fileOffset:0x2000",
          "kind:physical",
          "kind:kernel permissions:wx",
          "kind:run pid:1",
          "name:nobody");

  @TempDir static Path folder;
  private static Node node;

  @BeforeAll
  static void start() throws Exception {
    node = new Node(Files.createDirectory(folder.resolve("node")));
  }

  @AfterAll
  static void end() throws Exception {
    if (node != null) {
      node.close();
    }
  }

  private static OpenSearchStore store(String place, Duration patience) {
    return new OpenSearchStore(
        OpenSearchPlace.of(node.place(place)), Credentials.of(Map.of()), patience);
  }

  private static void part(IndexBuilder builder, String name, List<? extends Entry> entries)
      throws IOException {
    builder.beginPart(name);
    for (Entry entry : entries) {
      builder.add(entry);
    }
    builder.completePart(List.of("said of " + name));
  }

  /** The answer, page by page, in an order that depends on no store. */
  private static List<String> answer(SearchIndex index, String text, int page) throws Exception {
    Query query = QueryParser.parse(text);
    List<String> documents = new ArrayList<>();
    Optional<SearchIndex.Cursor> from = Optional.of(SearchIndex.Cursor.START);
    while (from.isPresent()) {
      SearchIndex.Hits hits = index.search(query, from.get(), page);
      hits.documents().stream().map(ObjectNode::toString).forEach(documents::add);
      from = hits.next();
      assertThat(hits.total()).as(text).isEqualTo(index.count(query));
    }
    assertThat(documents).as(text).hasSize((int) index.count(query));
    return documents.stream().sorted().toList();
  }

  @Test
  void everyQueryOverARealImageHasTheSameAnswer() throws Exception {
    IndexStore lucene = IndexStore.at(folder.resolve("real").toUri());
    IndexStore cluster = IndexStore.at(node.place("real/kvm-npt"));
    try (Case opened = Case.open(SAMPLE, CaseOptions.defaults());
        IndexBuilder one = lucene.build();
        IndexBuilder other = cluster.build()) {
      Cataloguer cataloguer = new Cataloguer(StoredRuns.of(opened.image()), Progress.NONE);
      for (Machine machine : opened.machines().all()) {
        List<Entry> entries = new ArrayList<>();
        cataloguer.catalogue(machine, entries::add);
        part(one, machine.id(), entries);
        part(other, machine.id(), entries);
      }
      part(one, "made", whatTheImageHasNotGot());
      part(other, "made", whatTheImageHasNotGot());
      one.finish();
      other.finish();
    }
    try (SearchIndex expected = lucene.open();
        SearchIndex index = cluster.open()) {
      int some = 0;
      for (String query : QUERIES) {
        List<String> wanted = answer(expected, query, 20_000);
        assertThat(answer(index, query, 20_000)).as(query).isEqualTo(wanted);
        some += wanted.isEmpty() ? 0 : 1;
      }
      assertThat(some).isGreaterThan(25);
      for (Entry.Kind kind : Entry.Kind.values()) {
        assertThat(index.count(kind)).isEqualTo(expected.count(kind));
      }
      List<RunEntry> runs = new ArrayList<>();
      expected.forEachRun(runs::add);
      List<RunEntry> found = new ArrayList<>();
      index.forEachRun(found::add);
      assertThat(found).isEqualTo(runs);
      assertThat(index.warnings()).containsExactly("said of host", "said of made", "said of vm1");
      savedSearchesFindWhatQueriesDo(index);
    }
  }

  /** So that every saved search has something to find. */
  private static List<Entry> whatTheImageHasNotGot() {
    GuestMapping mapping =
        GuestMapping.builder(0x5000, 0x7000, GuestMapping.Kind.FILE)
            .permissions("rwxp")
            .path(Optional.of("/tmp/gone"))
            .build()
            .with(GuestMapping.Flag.DELETED_FILE);
    return List.of(
        new ProcessEntry(
            "host", GuestProcess.builder(4711, "ghost", 0xffff888000001000L).hidden(true).build()),
        new MappingEntry("host", 4711, "ghost", mapping),
        deletedFile(4711));
  }

  /**
   * What Dashboards is given asks for what the queries of the commands find, by fields there are.
   */
  private static void savedSearchesFindWhatQueriesDo(SearchIndex index) throws Exception {
    Map<String, String> queries =
        Map.of(
            "nestwalk-machines", "kind:machine",
            "nestwalk-processes", "kind:process",
            "nestwalk-hidden-processes", "kind:process name:ghost",
            "nestwalk-findings", "kind:finding",
            "nestwalk-writable-executable", "kind:mapping permissions:wx",
            "nestwalk-deleted-files", "kind:mapping flag:deleted-file");
    int asked = 0;
    try (Cluster cluster =
        new Cluster(
            OpenSearchPlace.of(node.place("real")), Credentials.of(Map.of()), Duration.ZERO)) {
      for (String line :
          Files.readAllLines(
              Path.of(
                  System.getProperty("nestwalk.root", ".."),
                  "fleet/opensearch/dashboards.ndjson"))) {
        JsonNode saved = Json.MAPPER.readTree(line);
        if (!saved.path("type").asText().equals("search")) {
          assertThat(saved.path("attributes").path("title").asText())
              .isEqualTo(OpenSearchStore.template().path("index_patterns").path(0).asText());
          continue;
        }
        JsonNode source =
            Json.MAPPER.readTree(
                saved
                    .path("attributes")
                    .path("kibanaSavedObjectMeta")
                    .path("searchSourceJSON")
                    .asText());
        ObjectNode query = Json.object();
        query.putObject("query_string").put("query", source.path("query").path("query").asText());
        assertThat(OpenSearchStore.count(cluster, query))
            .as(line)
            .isPositive()
            .isEqualTo(index.count(QueryParser.parse(queries.get(saved.path("id").asText()))));
        for (JsonNode column : saved.path("attributes").path("columns")) {
          String place =
              "/template/mappings/properties/"
                  + column.asText().replace(".", "/properties/")
                  + "/type";
          assertThat(OpenSearchStore.template().at(place).asText()).as(place).isNotEmpty();
        }
        asked++;
      }
    }
    assertThat(asked).isEqualTo(queries.size());
  }

  @Test
  void everyMadeUpQueryHasTheSameAnswer() throws Exception {
    Random random = new Random(11);
    List<Entry> entries = new ArrayList<>(QueryExamples.runs(random, 500));
    for (int i = 0; i < 5; i++) {
      entries.add(deletedFile(i));
    }
    IndexStore lucene = IndexStore.at(folder.resolve("made").toUri());
    IndexStore cluster = IndexStore.at(node.place("made/up"));
    for (IndexStore store : List.of(lucene, cluster)) {
      try (IndexBuilder builder = store.build()) {
        part(builder, "all", entries);
        builder.finish();
      }
    }
    int some = 0;
    try (SearchIndex expected = lucene.open();
        SearchIndex index = cluster.open()) {
      for (int i = 0; i < 120; i++) {
        String text =
            i < QueryExamples.LEAVES.size()
                ? QueryExamples.LEAVES.get(i) + " kind:run"
                : QueryExamples.query(random, random.nextInt(4));
        List<String> wanted = answer(expected, text, 2000);
        assertThat(answer(index, text, 2000)).as(text).isEqualTo(wanted);
        some += wanted.isEmpty() || wanted.size() >= 500 ? 0 : 1;
      }
      assertThat(answer(index, "kind:finding OR pid:3 kind:run", 7))
          .isEqualTo(answer(expected, "kind:finding OR pid:3 kind:run", 2000));
      assertThatThrownBy(
              () -> index.search(QueryParser.parse("pid:1"), new SearchIndex.Cursor("there"), 1))
          .isInstanceOf(IllegalArgumentException.class);
    }
    assertThat(some).isGreaterThan(40);
  }

  private static FindingEntry deletedFile(int pid) {
    return new FindingEntry(
        new Finding(
            Rule.DELETED_FILE,
            "vm1",
            OptionalInt.of(pid),
            Optional.of("proc" + pid),
            "a file that has been deleted: /tmp/x",
            OptionalLong.of(0x1000),
            List.of(),
            0));
  }

  /** The node is killed while documents are on their way and comes back: nothing twice or lost. */
  @Test
  void losesNothingWhenTheNodeIsLost() throws Exception {
    List<RunEntry> one = QueryExamples.runs(new Random(1), 1000);
    List<RunEntry> two = QueryExamples.runs(new Random(2), 14_000);
    OpenSearchStore patient = store("lost/image", Duration.ofMinutes(4));
    CompletableFuture<Void> work;
    try (IndexBuilder builder = patient.build()) {
      part(builder, "one", one);
      work =
          CompletableFuture.runAsync(
              () -> {
                try {
                  part(builder, "two", two);
                } catch (IOException e) {
                  throw new java.io.UncheckedIOException(e);
                }
              });
      while (!work.isDone() && OpenSearchTest.written("lost") < 4000) {
        Thread.sleep(20);
      }
      node.kill();
      assertThat(work).as("the work goes on when the node is lost").isNotDone();
      // Who is less patient fails, with a line that says why, and the parts count that are whole.
      assertThatThrownBy(() -> store("lost/image", Duration.ofMillis(500)).build())
          .isInstanceOf(IOException.class)
          .hasMessageContaining("can't be reached");
      node.start();
      work.get(5, TimeUnit.MINUTES);
    }
    assertThatThrownBy(patient::open).hasMessageContaining("not finished: none of 1 image is");
    // A worker that is lost in the middle of a part, and one that does it again.
    try (IndexBuilder lost = patient.build()) {
      assertThat(lost.completeParts()).containsExactlyInAnyOrder("one", "two");
      lost.beginPart("three");
      for (RunEntry run : two.subList(0, 4500)) {
        lost.add(run);
      }
    }
    try (IndexBuilder again = patient.build()) {
      assertThat(again.completeParts()).containsExactlyInAnyOrder("one", "two");
      part(again, "three", two.subList(0, 3000));
      part(again, "one", one);
      again.finish();
    }
    try (SearchIndex index = patient.open()) {
      List<RunEntry> found = new ArrayList<>();
      index.forEachRun(found::add);
      List<RunEntry> wanted = new ArrayList<>(one);
      wanted.addAll(two.subList(0, 3000));
      wanted.addAll(two);
      assertThat(found).isEqualTo(wanted);
      assertThat(index.warnings()).containsExactly("said of one", "said of three", "said of two");
    }
    patient.clear();
    assertThatThrownBy(patient::open).hasMessageContaining("no image is in this index");
  }

  /** How much the node has taken so far, in files of its index. */
  private static long written(String index) {
    try (Cluster cluster =
        new Cluster(
            OpenSearchPlace.of(node.place(index)), Credentials.of(Map.of()), Duration.ZERO)) {
      return cluster
          .ask("GET", "/nestwalk-" + index + "/_stats/indexing", null)
          .path("_all")
          .path("primaries")
          .path("indexing")
          .path("index_total")
          .asLong();
    } catch (IOException e) {
      return 0;
    }
  }

  @Test
  void answersForAllImagesOfAnIndexOrForOne() throws Exception {
    for (String image : List.of("a", "b")) {
      try (IndexBuilder builder = IndexStore.at(node.place("several/" + image)).build()) {
        part(builder, "all", List.of(deletedFile(image.charAt(0))));
        builder.finish();
      }
    }
    try (SearchIndex all = IndexStore.at(node.place("several")).open();
        SearchIndex one = IndexStore.at(node.place("several/b")).open()) {
      assertThat(all.search(QueryParser.parse("flag:deleted-file"), 10).documents())
          .extracting(document -> document.path("image").asText())
          .containsExactly("a", "b");
      assertThat(answer(one, "flag:deleted-file", 10))
          .singleElement()
          .asString()
          .contains("\"pid\":98");
      assertThat(all.warnings()).containsExactly("a: said of all", "b: said of all");
    }
    // One that somebody is still at work on is left out, which is said.
    try (IndexBuilder begun = IndexStore.at(node.place("several/c")).build()) {
      part(begun, "one", List.of(deletedFile(1)));
    }
    try (SearchIndex all = IndexStore.at(node.place("several")).open()) {
      SearchIndex.Hits hits = all.search(QueryParser.parse("flag:deleted-file"), 1);
      assertThat(hits.total()).isEqualTo(2);
      assertThat(hits.documents())
          .extracting(document -> document.path("image").asText())
          .containsExactly("a");
      assertThat(all.count(Entry.Kind.FINDING)).isEqualTo(2);
      assertThat(all.warnings())
          .containsExactly(
              "not in the answer, since not everything of them is in the index yet: c",
              "a: said of all",
              "b: said of all");
    }
    assertThatThrownBy(() -> IndexStore.at(node.place("several/c")).open())
        .hasMessageContaining("not finished");
    assertThatThrownBy(() -> IndexStore.at(node.place("several")).build())
        .hasMessageContaining("image by image");
    assertThatThrownBy(() -> IndexStore.at(node.place("none")).open())
        .hasMessageContaining("no index is there");
  }

  /** Hits of rules are entries as the folder has them; what other rules found takes their place. */
  @Test
  void theHitsOfOtherRulesTakeThePlaceOfThoseBefore() throws Exception {
    assumeTrue(yaraIsThere(), "libyara9 is not installed");
    String place = node.place("rules").toString();
    String text = "NESTED-MARKER-L2-dcc8b904605361cd";
    List<String> rules =
        List.of(
            "rule first { strings: $a = \"NESTED-MARKER\" condition: $a }",
            "rule second { strings: $a = \"%s-heap1\" $b = \"%s-heap3\" condition: all of them }"
                .formatted(text, text));
    Job.keepRuleHits(SAMPLE, place, folder.resolve("ruled"), rules);
    assertThat(rows(place, "kind:yara machine:vm1 flag:second va:0x1a87f040"))
        .singleElement()
        .satisfies(
            row ->
                assertThat(row)
                    .contains("\"pid\":86", "\"process\":\"marker\"", "\"gpa\":\"0x1e1e040\""));
    assertThat(rows(place, "kind:yara")).allMatch(row -> row.contains("\"rule\":\"second\""));
    StringWriter said = new StringWriter();
    run(said, "search", place, "kind:yara");
    assertThat(said.toString()).contains("r.yar followed over processes of all machines");
  }

  private static boolean yaraIsThere() {
    try {
      YaraRules.compile("a", "rule a { condition: true }".getBytes(StandardCharsets.UTF_8)).close();
      return true;
    } catch (YaraException e) {
      return false;
    }
  }

  /** The documents of an answer, without the name of their image. */
  private static List<String> rows(String where, String query) {
    StringWriter out = new StringWriter();
    run(out, "search", where, query, "--format", "ndjson");
    return documents(out);
  }

  private static List<String> documents(StringWriter out) {
    return out.toString()
        .lines()
        .filter(line -> line.startsWith("{") && !line.startsWith("{\"coverage\""))
        .map(line -> line.replaceFirst(",\"image\":\"[^\"]*\"", ""))
        .sorted()
        .toList();
  }

  private static int run(StringWriter out, String... arguments) {
    return Nestwalk.run(new PrintWriter(out), new PrintWriter(out), arguments);
  }

  /** The job fills an index, and so does the command; both are asked by the command. */
  @Test
  void theJobAndTheCommandsFillAndAsk() throws Exception {
    Path images = Files.createDirectory(folder.resolve("images"));
    Files.createSymbolicLink(
        images.resolve("tiny.raw.zst"), SAMPLE.resolveSibling("tinyos.raw.zst").toRealPath());
    Files.writeString(images.resolve("notes.txt"), "a note\n".repeat(1000));
    Path rules = Files.writeString(folder.resolve("never.yar"), "rule never { condition: false }");
    String place = node.place("job").toString();
    for (String piece : List.of("4096", "1")) {
      List<String> arguments =
          List.of(
              "--images",
              "file:" + images,
              "--out",
              "file:" + folder.resolve("tables" + piece),
              "--piece",
              piece,
              "--yara",
              rules.toString(),
              "--into",
              place + piece);
      assertThat(Job.run("local[2]", arguments)).contains("2 images: 1 done, 1 failed");
    }
    StringWriter indexed = new StringWriter();
    String tiny = images.resolve("tiny.raw.zst").toString();
    assertThat(run(indexed, "index", tiny, "--into", node.place("cli").toString()))
        .as(indexed.toString())
        .isZero();
    assertThat(indexed.toString()).contains("/cli/tiny.raw.zst-").contains("machine");
    assertThat(run(new StringWriter(), "index", tiny, "--into", folder.resolve("dir").toString()))
        .isZero();
    List<List<String>> answers = new ArrayList<>();
    for (String where :
        List.of(
            folder.resolve("dir").toString(),
            place + "4096",
            place + "1",
            node.place("cli").toString())) {
      StringWriter out = new StringWriter();
      String query = "kind:machine OR kind:run OR kind:finding";
      assertThat(run(out, "search", where, query, "--format", "ndjson"))
          .as(out.toString())
          .isZero();
      answers.add(documents(out));
    }
    assertThat(answers.getFirst()).isNotEmpty();
    assertThat(answers).allMatch(answers.getFirst()::equals);
    // Of what was not examined an index of the job's says what one of the command's does.
    List<List<String>> said = new ArrayList<>();
    for (String where : List.of(place + "4096", place + "1", node.place("cli").toString())) {
      try (SearchIndex index = IndexStore.at(URI.create(where)).open()) {
        said.add(
            index.warnings().stream()
                .map(line -> line.replaceFirst("^[^:]*: ", ""))
                .filter(line -> !line.startsWith("yara: "))
                .toList());
      }
    }
    assertThat(said.getLast()).anyMatch(line -> line.contains("not examined"));
    assertThat(said).allMatch(said.getLast()::equals);
    for (String where : List.of(place + "4096", place + "1")) {
      StringWriter hits = new StringWriter();
      assertThat(run(hits, "search", where, "kind:yara")).isEqualTo(4);
      assertThat(hits.toString())
          .contains(
              yaraIsThere() ? "never.yar followed over processes" : "no rules were followed for");
    }
    StringWriter none = new StringWriter();
    assertThat(run(none, "search", node.place("nobody").toString(), "kind:machine")).isEqualTo(3);
    assertThat(none.toString()).contains("no index is there");
  }
}
