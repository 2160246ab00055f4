package io.nestwalk.fleet;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nestwalk.fleet.table.Table;
import io.nestwalk.image.ImageException;
import io.nestwalk.index.ImageIdentity;
import io.nestwalk.yara.YaraException;
import io.nestwalk.yara.YaraRules;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.util.SerializableConfiguration;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The tables of a small fleet, held against what the commands print. */
class FleetJobTest {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Path SAMPLES =
      Path.of(System.getProperty("nestwalk.root", ".."), "samples").toAbsolutePath().normalize();
  private static final String NPT = "kvm-npt.elf.zst";
  private static final String FIND = "--find";
  private static final String YARA = "--yara";
  private static final String RULES =
      """
      rule shell { strings: $a = "/bin/sh" condition: $a }
      rule nowhere { strings: $a = "no such text in any memory" condition: $a }
      """;
  private static final String TINY = "tinyos.raw.zst";

  @TempDir static Path folder;
  private static Path images;
  private static Path whole;
  private static String said;

  @BeforeAll
  static void runOnce() throws Exception {
    images = Files.createDirectory(folder.resolve("images"));
    Files.createSymbolicLink(images.resolve(NPT), SAMPLES.resolve(NPT));
    Files.createSymbolicLink(images.resolve(TINY), SAMPLES.resolve(TINY));
    byte[] packed = Files.readAllBytes(SAMPLES.resolve(TINY));
    Files.write(images.resolve("broken.raw.zst"), Arrays.copyOf(packed, 20));
    Files.writeString(images.resolve("notes.txt"), "a note\n".repeat(1000));
    Files.writeString(images.resolve("_hidden"), "nobody's image");
    whole = folder.resolve("whole");
    Files.writeString(rules(), RULES);
    said = run("local[2]", images, whole, FIND, "text:Linux version 6", YARA, rules().toString());
  }

  private static Path rules() {
    return folder.resolve("rules.yar");
  }

  private static String run(String master, Path images, Path out, String... more) {
    return run(master, List.of("file:" + images), out, more);
  }

  private static String run(String master, List<String> images, Path out, String... more) {
    List<String> arguments = new ArrayList<>(List.of("--out", "file:" + out, "--case", "test"));
    images.forEach(image -> arguments.addAll(List.of("--images", image)));
    arguments.addAll(List.of(more));
    return Job.run(master, arguments);
  }

  private static String uri(String name) {
    return "file:" + images.resolve(name);
  }

  private static boolean yaraIsThere() {
    try {
      YaraRules.compile("a", "rule a { condition: true }".getBytes(StandardCharsets.UTF_8)).close();
      return true;
    } catch (YaraException e) {
      return false;
    }
  }

  @Test
  void saysWhatBecameOfTheImages() {
    assertThat(said)
        .contains("4 images: 2 done, 2 failed, 0 finished before")
        .contains("notes.txt: a text file, not memory");
  }

  @Test
  void hasARowForEveryImageWithTheReasonOfAFailure() throws Exception {
    Map<String, JsonNode> byName =
        new Tables(whole)
            .rows(Table.IMAGES, "").stream()
                .collect(
                    Collectors.toMap(
                        row -> Path.of(row.path("uri").asText()).getFileName().toString(),
                        row -> row));
    assertThat(byName).containsOnlyKeys(NPT, TINY, "broken.raw.zst", "notes.txt");
    assertThat(byName.get(NPT).path("status").asText()).isEqualTo("done");
    assertThat(byName.get(NPT).path("container").asText()).isEqualTo("zst");
    assertThat(byName.get(NPT).path("machines").asInt()).isEqualTo(2);
    assertThat(byName.get("notes.txt").path("status").asText()).isEqualTo("failed");
    assertThat(byName.get("notes.txt").path("reason").asText()).contains("a text file");
    assertThat(byName.get("broken.raw.zst").path("status").asText()).isEqualTo("failed");
  }

  @ParameterizedTest
  @ValueSource(strings = {NPT, TINY})
  void hasTheRowsOfTheCommands(String name) throws Exception {
    String image = images.resolve(name).toString();
    Tables tables = new Tables(whole);
    assertThat(Tables.ordered(tables.rows(Table.MACHINES, uri(name))))
        .isEqualTo(Tables.ordered(Commands.rows("machines", image)));
    assertThat(Tables.ordered(tables.rows(Table.HITS, uri(name))))
        .isEqualTo(Tables.ordered(Commands.rows("find", image, "--text", "Linux version 6")));
    if (name.equals(NPT)) {
      assertThat(Tables.ordered(tables.rows(Table.PROCESSES, uri(name))))
          .hasSizeGreaterThan(50)
          .isEqualTo(Tables.ordered(Commands.rows("ps", image)));
      assertThat(Tables.ordered(tables.rows(Table.MODULES, uri(name))))
          .isNotEmpty()
          .isEqualTo(Tables.ordered(Commands.rows("modules", image)));
      assertThat(Tables.ordered(tables.rows(Table.SOCKETS, uri(name))))
          .isNotEmpty()
          .isEqualTo(Tables.ordered(Commands.rows("netstat", image)));
    }
  }

  /** The rules' hits are those of the command; where the library is missing, that is said. */
  @Test
  void hasTheHitsOfRules() throws Exception {
    String coverage =
        new Tables(whole).rows(Table.IMAGES, uri(NPT)).getFirst().path("coverage").asText();
    if (!yaraIsThere()) {
      assertThat(coverage).contains("rules of YARA's were not tried");
      assertThat(whole.resolve("rule_hits")).doesNotExist();
      return;
    }
    assertThat(coverage).doesNotContain("rules of YARA's were not tried");
    assertThat(Tables.ordered(new Tables(whole).rows(Table.RULE_HITS, uri(NPT))))
        .isNotEmpty()
        .isEqualTo(
            Tables.ordered(
                Commands.rows("yara", rules().toString(), images.resolve(NPT).toString())));
  }

  @ParameterizedTest
  @ValueSource(strings = {"rule x { condition: }", ""})
  void rulesThatAreNoneEndTheJobBeforeItBegins(String text) throws Exception {
    assumeThat(text.isEmpty() || yaraIsThere()).isTrue();
    StringWriter err = new StringWriter();
    Path wrong = Files.writeString(folder.resolve("wrong.yar"), text);
    String none = "file:" + folder.resolve("none");
    assertThat(Job.run(err, "--images", uri(TINY), "--out", none, YARA, wrong.toString()))
        .isEqualTo(2);
    assertThat(err.toString()).contains("--yara: ");
  }

  /** Rules are bytes: a letter that is no UTF-8 is looked for as it stands in their file. */
  @Test
  void rulesGoToExecutorsByteByByte() throws Exception {
    byte[] latin = "rule a { strings: $a = \"b\u00e9b\u00e9\" condition: $a }".getBytes(ISO_8859_1);
    RuleText text = new RuleText("latin.yar", latin);
    assertThat(text.digest()).isEqualTo(ImageIdentity.sha256(latin));
    ByteArrayOutputStream sent = new ByteArrayOutputStream();
    try (ObjectOutputStream out = new ObjectOutputStream(sent)) {
      out.writeObject(settings(folder).trying(text));
    }
    try (ObjectInputStream in =
        new ObjectInputStream(new ByteArrayInputStream(sent.toByteArray()))) {
      FleetSettings got = (FleetSettings) in.readObject();
      assertThat(got.rules().digest()).isEqualTo(text.digest());
      if (yaraIsThere()) {
        got.rules().compile("a").close();
      }
    }
    assertThat(RuleText.NONE.digest()).isEmpty();
  }

  private static FleetSettings settings(Path out) {
    return new FleetSettings("file:" + out, "", "run", "test", List.of(), RuleText.NONE, 1, 1);
  }

  /** Another try may have been better: only the driver, which knows of all, says that it failed. */
  @Test
  void aTryThatFailedTakesNothingAway(@TempDir Path out) throws Exception {
    Configuration files = new Configuration();
    ImageFile image = ImageListing.of(List.of(uri("notes.txt")), files).getFirst();
    FleetSettings settings = settings(out);
    ObjectNode row = JSON.createObjectNode();
    row.put("uri", image.uri()).put("bytes", 1).put("status", "done");
    new ImageRow(settings, image, files).write(row);
    Tables.endSession();
    try (JavaSparkContext spark = new JavaSparkContext("local", "test")) {
      ImageTask task =
          new ImageTask(settings, spark.broadcast(new SerializableConfiguration(files)));
      Outcome outcome = spark.parallelize(List.of(image)).map(task).collect().getFirst();
      assertThat(outcome.reason()).hasValueSatisfying(r -> assertThat(r).contains("a text file"));
    }
    assertThat(new Tables(out).rows(Table.IMAGES, uri("notes.txt")))
        .singleElement()
        .satisfies(found -> assertThat(found.path("status").asText()).isEqualTo("done"));
  }

  /** What comes of a try that Spark has ended is no fault of the image's. */
  @Test
  void aTryThatWasEndedSaysNothingOfTheImage() throws Exception {
    ImageFile image = new ImageFile("file:/none", 1, Instant.EPOCH);
    FleetSettings settings = settings(folder);
    for (Exception each :
        List.of(
            new ImageException("none", "is gone"),
            new IOException("closed"),
            new IllegalStateException("closed"))) {
      assertThat(Attempt.of(image, settings, fails(each)).reason()).isPresent();
      Thread.currentThread().interrupt();
      try {
        assertThatThrownBy(() -> Attempt.of(image, settings, fails(each)))
            .isInstanceOf(InterruptedIOException.class);
        assertThatThrownBy(Attempt::requireWanted).isInstanceOf(InterruptedIOException.class);
      } finally {
        assertThat(Thread.interrupted()).isTrue();
      }
    }
    assertThatThrownBy(() -> Attempt.of(image, settings, fails(new InterruptedException())))
        .isInstanceOf(InterruptedIOException.class);
  }

  private static Attempt.Work fails(Exception fault) {
    return () -> {
      throw fault;
    };
  }

  @ParameterizedTest
  @ValueSource(strings = {NPT, TINY})
  void hasTheRowsOfAnIndex(String name, @TempDir Path index) throws Exception {
    Commands.index(images.resolve(name), index.resolve("case"));
    String place = index.resolve("case").toString();
    Tables tables = new Tables(whole);
    for (Map.Entry<Table, String> each :
        Map.of(Table.MAPPINGS, "mapping", Table.RUNS, "run", Table.FINDINGS, "finding")
            .entrySet()) {
      assertThat(Tables.ordered(tables.rows(each.getKey(), uri(name))))
          .as(each.getValue())
          .isEqualTo(
              Tables.ordered(
                  Commands.rows("search", place, "kind:" + each.getValue(), "--limit", "1000000")));
    }
  }

  /** The questions of the README, as they stand there. */
  @Test
  void answersTheQuestionsOfTheReadme() throws Exception {
    String text = Files.readString(SAMPLES.resolveSibling("fleet").resolve("README.md"));
    int begin = text.indexOf("```sql") + "```sql".length();
    Map<String, Integer> answers = new java.util.LinkedHashMap<>();
    for (String statement : text.substring(begin, text.indexOf("```", begin)).split(";", -1)) {
      if (!statement.isBlank()) {
        answers.put(statement.strip(), new Tables(whole).ask(statement).size());
      }
    }
    assertThat(answers).hasSize(5);
    // The two machines have no hidden process, and no page in common.
    assertThat(answers.entrySet())
        .allSatisfy(
            each ->
                assertThat(each.getValue() > 0)
                    .as(each.getKey())
                    .isEqualTo(
                        !each.getKey().contains("hidden") && !each.getKey().contains("guests")));
  }

  @Test
  void doesWhatIsMissingAndNoMore() throws Exception {
    List<String> before = new Tables(whole).files();
    String text = "text:Linux version 6";
    String yara = rules().toString();
    if (whole.resolve("rule_hits").toFile().exists()) { // else they are tried again
      assertThat(run("local[2]", images, whole, FIND, text, YARA, yara))
          .contains("0 done, 0 failed, 4 finished before");
      assertThat(run("local[2]", images, whole, FIND, text, YARA, yara, "--retry-failed"))
          .contains("0 done, 2 failed, 2 finished before");
    }
    assertThat(new Tables(whole).files()).isEqualTo(before);
  }

  @Test
  void looksAgainForOtherPatterns(@TempDir Path out) throws Exception {
    Path tiny = images.resolve(TINY);
    assertThat(run("local[2]", tiny, out)).contains("1 done");
    assertThat(run("local[2]", tiny, out, FIND, "hex:0f 22 d8")).contains("1 done");
    assertThat(Tables.ordered(new Tables(out).rows(Table.HITS, uri(TINY))))
        .isNotEmpty()
        .isEqualTo(Tables.ordered(Commands.rows("find", tiny.toString(), "--hex", "0f 22 d8")));
    assertThat(new Tables(out).rows(Table.HITS, uri(TINY))).hasSizeGreaterThan(1);
    // As far as a limit lets it, and with another limit again.
    List<String> one = List.of(FIND, "hex:0f 22 d8", "--limit", "1");
    assertThat(run("local[2]", tiny, out, one.toArray(String[]::new))).contains("1 done");
    assertThat(new Tables(out).rows(Table.HITS, uri(TINY))).hasSize(1);
    assertThat(run("local[2]", tiny, out, one.toArray(String[]::new)))
        .contains("1 finished before");
    assertThat(run("local[2]", tiny, out)).contains("1 done");
    assertThat(new Tables(out).files()).noneMatch(file -> file.startsWith("hits/"));
  }

  @Test
  void whatCanNotBeReadIsARowAndNoFailedJob(@TempDir Path out) throws Exception {
    System.setProperty("spark.hadoop.fs.elsewhere.impl", ElsewhereFileSystem.class.getName());
    System.setProperty(ElsewhereFileSystem.GONE, TINY);
    try {
      Path neighbour = Files.copy(images.resolve(TINY), out.resolve("other.raw.zst"));
      List<String> both = List.of("elsewhere:" + neighbour, "elsewhere:" + images.resolve(TINY));
      for (String piece : List.of("4096", "1")) {
        assertThat(run("local[2]", both, out.resolve(piece), "--piece", piece))
            .contains("2 images: 1 done, 1 failed");
        assertThat(new Tables(out.resolve(piece)).rows(Table.IMAGES, ""))
            .filteredOn(row -> row.path("status").asText().equals("failed"))
            .singleElement()
            .satisfies(row -> assertThat(row.path("reason").asText()).contains("is gone"));
      }
    } finally {
      System.clearProperty(ElsewhereFileSystem.GONE);
      System.clearProperty("spark.hadoop.fs.elsewhere.impl");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "local | 1",
        "local[*] | 1",
        "local[4] | 1",
        "local[4,3] | 3",
        "local[*, 2] | 2",
        "spark://master:7077 | 4",
        "local-cluster[2,1,1024] | 4",
        "yarn | 4"
      })
  void knowsTheLastAttempt(String master, int attempts) {
    assertThat(FleetJob.attempts(new SparkConf(false).setMaster(master))).isEqualTo(attempts);
  }

  @Test
  void findsTheSameInPieces(@TempDir Path out) throws Exception {
    run(
        "local[4]",
        images.resolve(NPT),
        out,
        "--piece",
        "8",
        FIND,
        "text:Linux version 6",
        YARA,
        rules().toString());
    Tables cut = new Tables(out);
    JsonNode row = cut.rows(Table.IMAGES, "").getFirst();
    assertThat(row.path("pieces").asInt()).isGreaterThan(10);
    assertThat(JSON.readTree(row.path("coverage").asText()).path("pagesSurveyed").asLong())
        .isEqualTo(
            JSON.readTree(
                    new Tables(whole)
                        .rows(Table.IMAGES, uri(NPT))
                        .getFirst()
                        .path("coverage")
                        .asText())
                .path("pagesSurveyed")
                .asLong())
        .isPositive();
    for (Table table : Table.values()) {
      if (table != Table.IMAGES) {
        assertThat(Tables.ordered(cut.rows(table, uri(NPT))))
            .as(table.folder())
            .isEqualTo(Tables.ordered(new Tables(whole).rows(table, uri(NPT))));
      }
    }
  }

  @Test
  void readsOtherFileSystemsByRanges(@TempDir Path out) throws Exception {
    System.setProperty("spark.hadoop.fs.elsewhere.impl", ElsewhereFileSystem.class.getName());
    try {
      String elsewhere = "elsewhere:" + images.resolve(TINY);
      run("local[2]", List.of(elsewhere), out);
      JsonNode row = new Tables(out).rows(Table.IMAGES, "").getFirst();
      assertThat(row.path("uri").asText()).isEqualTo(elsewhere);
      assertThat(row.path("bytesRead").asLong()).isPositive();
      assertThat(Tables.ordered(new Tables(out).rows(Table.MACHINES, elsewhere)))
          .isEqualTo(Tables.ordered(new Tables(whole).rows(Table.MACHINES, uri(TINY))));
    } finally {
      System.clearProperty("spark.hadoop.fs.elsewhere.impl");
    }
  }

  @Test
  void leavesNothingUnfinishedBehind() throws Exception {
    try (var left = Files.list(whole.resolve("_unfinished"))) {
      assertThat(left).isEmpty();
    }
    assertThat(Files.readString(whole.resolve("_schemas/processes.json"), StandardCharsets.UTF_8))
        .contains("\"kernelThread\"");
  }
}
