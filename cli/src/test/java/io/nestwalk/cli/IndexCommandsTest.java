package io.nestwalk.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nestwalk.answer.Json;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** analyze, search, find, report and extract as a user runs them. */
class IndexCommandsTest {

  @TempDir private static Path work;
  private static String image;
  private static String folder;

  private record Run(int code, String out, String err) {}

  private static Run run(String... args) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int code = Nestwalk.run(new PrintWriter(out), new PrintWriter(err), args);
    return new Run(code, out.toString(), err.toString());
  }

  @BeforeAll
  static void analyze() {
    Path file =
        Path.of(System.getProperty("nestwalk.images", "../../shared/images"), "kvm-npt.elf.zst");
    assumeTrue(Files.exists(file), () -> file + " is not there");
    image = file.toString();
    folder = work.resolve("analysis").toString();
    Run first = run("analyze", image, "-o", folder);
    assertThat(first.code()).isEqualTo(ExitCode.DONE);
    assertThat(first.out()).contains("host", "vm1", "npt 0xb89a000", "report.html");
    assertThat(Path.of(folder, "report.html")).isNotEmptyFile();
    assertThat(Path.of(folder, "reports", "report.json")).isNotEmptyFile();
  }

  /** Runs are files only where they are asked for, then too when the folder is finished. */
  @Test
  void runsOfPagesAreWrittenWhenTheyAreAskedFor(@TempDir Path other) throws Exception {
    String asked = other.resolve("asked").toString();
    Path reports = Path.of(asked, "reports");
    assertThat(run("analyze", image, "-o", asked).code()).isEqualTo(ExitCode.DONE);
    assertThat(reports.resolve("run.csv")).doesNotExist();
    assertThat(reports.resolve("mapping.csv")).isNotEmptyFile();
    String without = Files.readString(reports.resolve("report.json"));
    assertThat(valid("report", without).has("runs")).isFalse();
    assertThat(run("analyze", image, "-o", asked, "--runs").code()).isEqualTo(ExitCode.DONE);
    JsonNode runs = valid("report", Files.readString(reports.resolve("report.json"))).path("runs");
    assertThat(runs).hasSizeGreaterThan(1000);
    assertThat(Files.readAllLines(reports.resolve("run.csv"))).hasSize(runs.size() + 1);
    // Without the option nothing is taken away.
    assertThat(run("analyze", image, "-o", asked).code()).isEqualTo(ExitCode.DONE);
    assertThat(reports.resolve("run.csv")).isNotEmptyFile();
  }

  /**
   * A small image has its digest in any case; one that was left out is made when it is asked for.
   */
  @Test
  void theDigestIsMadeWhenItIsAskedFor(@TempDir Path other) throws Exception {
    String asked = other.resolve("asked").toString();
    Path report = Path.of(asked, "reports", "report.json");
    assertThat(run("analyze", image, "-o", asked, "--runs", "--no-sha256").out())
        .containsPattern("sha256 +not made");
    assertThat(valid("report", Files.readString(report)).path("image").has("sha256")).isFalse();
    byte[] all = Files.readAllBytes(Path.of(image));
    String digest = HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(all));
    assertThat(run("analyze", image, "-o", asked, "--sha256").out()).contains(digest);
    JsonNode whole = valid("report", Files.readString(report));
    assertThat(whole.path("image").path("sha256").asText()).isEqualTo(digest);
    // Nothing is taken away: neither the runs that were asked for before, nor then the digest.
    assertThat(whole.path("runs")).hasSizeGreaterThan(1000);
    assertThat(run("analyze", image, "-o", asked, "--no-sha256").out()).contains(digest);
    assertThat(run("analyze", image, "-o", folder).out()).contains(digest);
  }

  /** What was kept in the index since makes the reports anew, with the runs that were asked for. */
  @Test
  void reportsThatAreMadeAnewHaveTheRunsThatWereWritten(@TempDir Path other) throws Exception {
    String asked = other.resolve("asked").toString();
    Path report = Path.of(asked, "reports", "report.json");
    run("analyze", image, "-o", asked, "--runs");
    withoutReports(Path.of(asked));
    run("analyze", image, "-o", asked);
    assertThat(valid("report", Files.readString(report)).path("runs")).hasSizeGreaterThan(1000);
  }

  /** A user's own file of that name asks for no runs, and stays. */
  @Test
  void aFileOfTheUsersIsNoListOfRuns(@TempDir Path other) throws Exception {
    String asked = other.resolve("asked").toString();
    run("analyze", image, "-o", asked);
    Path own = Files.writeString(Path.of(asked, "reports", "run.csv"), "notes");
    withoutReports(Path.of(asked));
    assertThat(run("analyze", image, "-o", asked).code()).isEqualTo(ExitCode.DONE);
    assertThat(own).hasContent("notes");
  }

  private static void withoutReports(Path folder) throws Exception {
    Path manifest = folder.resolve("manifest.json");
    ObjectNode found = (ObjectNode) Json.MAPPER.readTree(Files.readString(manifest));
    found.withObject("/stages").remove("reports");
    Files.writeString(manifest, found.toString());
  }

  /** An analysis that ended between the digest and the reports that name it. */
  @Test
  void reportsFromBeforeTheDigestAreMadeAgain(@TempDir Path other) throws Exception {
    String asked = other.resolve("asked").toString();
    run("analyze", image, "-o", asked, "--no-sha256");
    Path manifest = Path.of(asked, "manifest.json");
    ObjectNode before = (ObjectNode) Json.MAPPER.readTree(Files.readString(manifest));
    run("analyze", image, "-o", asked, "--sha256");
    JsonNode hash = Json.MAPPER.readTree(Files.readString(manifest)).at("/stages/hash");
    before.withObject("/stages").set("hash", hash);
    Files.writeString(manifest, before.toString());
    Path report = Path.of(asked, "reports", "report.json");
    Files.writeString(report, "from before");
    run("analyze", image, "-o", asked);
    assertThat(valid("report", Files.readString(report)).at("/image/sha256"))
        .isEqualTo(hash.path("sha256"));
  }

  private static JsonNode valid(String schema, String json) throws Exception {
    return CommandRun.valid(schema, json);
  }

  @Test
  void analyzedAgainItSaysTheSame() {
    assertThat(run("analyze", image, "-o", folder).out())
        .isEqualTo(run("analyze", image, "-o", folder).out())
        .contains("vm1");
  }

  @Test
  void answersOfSearchAreAsPublished() throws Exception {
    for (String query :
        new String[] {"va:0x1a87e040", "hpa:0x4a1d040", "marker", "path:/bin/*", "kind:machine"}) {
      Run run = run("search", folder, query, "--format", "json");
      assertThat(run.code()).isEqualTo(ExitCode.DONE);
      assertThat(valid("search", run.out()).path("hits")).isNotEmpty();
    }
    JsonNode hit =
        valid("search", run("search", folder, "kind:user gpa:0x1e1d040", "--format", "json").out())
            .path("hits")
            .get(0);
    assertThat(hit.path("machine").asText()).isEqualTo("vm1");
    assertThat(hit.path("pid").asInt()).isEqualTo(86);
    assertThat(hit.path("address").asText()).isEqualTo("0x1a87e040");
    assertThat(hit.path("hpa").asText()).isEqualTo("0x4a1d040");
  }

  @Test
  void faultsInQueriesAreWrongUsageAndPointAtTheirPlace() {
    Run run = run("search", folder, "name:x nmae:y");
    assertThat(run.code()).isEqualTo(ExitCode.USAGE);
    assertThat(run.err()).contains("column 8").contains(">>>nmae:y");
    assertThat(run.err().lines()).hasSize(1);
    assertThat(run("search", folder, "name:nobody").code()).isEqualTo(ExitCode.NOT_FOUND);
    assertThat(run("search", work.resolve("nowhere").toString(), "x").code())
        .isEqualTo(ExitCode.INPUT);
  }

  @Test
  void answersOfFindAreAsPublished() throws Exception {
    Run run =
        run(
            "find",
            image,
            "--text",
            "NESTED-MARKER-L2-dcc8b904605361cd-cross",
            "--machine",
            "vm1",
            "--format",
            "json");
    assertThat(run.code()).isEqualTo(ExitCode.DONE);
    JsonNode hits = valid("find", run.out()).path("hits");
    assertThat(hits).hasSize(1);
    assertThat(hits.get(0).path("owners").get(0).path("process").asText()).isEqualTo("marker");
    assertThat(run("find", image, "--hex", "4").code()).isEqualTo(ExitCode.USAGE);
    assertThat(run("find", image).code()).isEqualTo(ExitCode.USAGE);
    assertThat(run("find", image, "--text", "no such text anywhere at all").code())
        .isEqualTo(ExitCode.NOT_FOUND);
  }

  @Test
  void filesAreNotOverwrittenUnasked() throws Exception {
    Path file = Files.writeString(work.resolve("precious"), "mine");
    assertThat(run("report", folder, "--as", "csv", "-o", file.toString()).code())
        .isEqualTo(ExitCode.USAGE);
    assertThat(run("extract", image, "--machine", "vm1", "-o", file.toString()).code())
        .isEqualTo(ExitCode.USAGE);
    assertThat(file).hasContent("mine");
    assertThat(run("report", folder, "--as", "csv", "-o", file.toString(), "--force").code())
        .isEqualTo(ExitCode.DONE);
    assertThat(Files.readString(file)).startsWith("machine,pid,process,start");
  }

  @Test
  void whatIsNotThereIsTold() {
    String file = work.resolve("core").toString();
    assertThat(run("extract", image, "--machine", "vm9", "-o", file).code())
        .isEqualTo(ExitCode.NOT_FOUND);
    assertThat(run("extract", image, "--machine", "vm1", "--pid", "9999", "-o", file).code())
        .isEqualTo(ExitCode.NOT_FOUND);
    assertThat(Path.of(file)).doesNotExist();
  }
}
