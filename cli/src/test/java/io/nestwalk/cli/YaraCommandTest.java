package io.nestwalk.cli;

import static io.nestwalk.cli.CommandRun.sample;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** YARA rules over a real image; skipped where libyara is not. */
class YaraCommandTest {

  private static final String NPT = sample("kvm-npt.elf.zst");
  private static final String MARKER = "NESTED-MARKER-L2-dcc8b904605361cd";

  @TempDir private static Path folder;

  @BeforeAll
  static void libraryIsThere() throws IOException {
    CommandRun run = run("rule r { condition: false }", "--machine", "vm1", "--pid", "86");
    assumeTrue(!run.err().contains("libyara"), "libyara9 is not installed");
  }

  private static CommandRun run(String rules, String... more) throws IOException {
    Path file = Files.writeString(folder.resolve("r.yar"), rules);
    List<String> line = new ArrayList<>(List.of("yara", file.toString(), NPT));
    line.addAll(List.of(more));
    return CommandRun.of(line.toArray(String[]::new));
  }

  /** The pages lie at 0x1e1e040 and 0x3610040 of the guest, and elsewhere in the host. */
  @Test
  void stringsInDifferentPagesOfOneProcessAreOneHit() throws Exception {
    String rule =
        "rule two { strings: $a = \"%s-heap1\" $b = \"%s-heap3\" condition: $a and $b }"
            .formatted(MARKER, MARKER);
    CommandRun run = run(rule, "--machine", "vm1", "--format", "json");
    assertThat(run.code()).as(run.err()).isEqualTo(ExitCode.DONE);
    JsonNode hits = run.valid("yara").path("hits");
    assertThat(hits).hasSize(1);
    JsonNode hit = hits.get(0);
    assertThat(hit.path("machine").asText()).isEqualTo("vm1");
    assertThat(hit.path("space").asText()).isEqualTo("user");
    assertThat(hit.path("pid").asInt()).isEqualTo(86);
    assertThat(hit.path("strings"))
        .extracting(place -> place.path("name").asText() + " " + place.path("address").asText())
        .containsExactly("$a 0x1a87f040", "$b 0x1a881040");
    assertThat(hit.path("strings"))
        .extracting(place -> place.path("gpa").asText())
        .containsExactly("0x1e1e040", "0x3610040");
    assertThat(hit.path("strings"))
        .allSatisfy(
            place ->
                assertThat(place.path("owners"))
                    .anySatisfy(owner -> assertThat(owner.path("pid").asInt()).isEqualTo(86))
                    .anySatisfy(
                        owner -> assertThat(owner.path("process").asText()).isEqualTo("vmm")));
  }

  /** A string whose second half lies in the next virtual page. */
  @Test
  void aStringAcrossPagesIsSeenInVirtualOrder() throws Exception {
    CommandRun run =
        run(
            "rule cross { strings: $a = \"%s-cross\" condition: $a }".formatted(MARKER),
            "--machine",
            "vm1",
            "--pid",
            "86");
    assertThat(run.code()).as(run.err()).isEqualTo(ExitCode.DONE);
    assertThat(run.out().lines().filter(line -> line.startsWith("cross "))).hasSize(1);
    assertThat(run.out()).contains("0x7fdd3b5b3ff4");
  }

  @Test
  void physicalMemoryIsLookedThroughWhereItIsAskedFor() throws Exception {
    String rule = "rule one { strings: $a = \"%s-heap1\" condition: $a }".formatted(MARKER);
    CommandRun run = run(rule, "--physical", "--format", "json");
    assertThat(run.valid("yara").path("hits"))
        .extracting(
            hit ->
                hit.path("machine").asText()
                    + " "
                    + hit.path("space").asText()
                    + " "
                    + hit.path("strings").get(0).path("address").asText())
        .contains("vm1 physical 0x1e1e040")
        .anyMatch(hit -> hit.startsWith("host physical "))
        .noneMatch(hit -> hit.contains(" user "));
  }

  @Test
  void nothingFoundAndNoSuchProcessAreToldApart() throws Exception {
    CommandRun nothing = run("rule r { condition: false }", "--machine", "vm1", "--pid", "86");
    assertThat(nothing.code()).isEqualTo(ExitCode.NOT_FOUND);
    assertThat(nothing.out()).isEqualTo("nothing found" + System.lineSeparator());
    CommandRun nobody = run("rule r { condition: true }", "--machine", "vm1", "--pid", "99999");
    assertThat(nobody.code()).isEqualTo(ExitCode.NOT_FOUND);
    assertThat(nobody.err()).contains("no process 99999");
  }

  @Test
  void badRulesAreOneLineWithItsNumber() throws Exception {
    CommandRun run = run("rule a {\n  condition:\n    $b }\n");
    assertThat(run.code()).isEqualTo(ExitCode.USAGE);
    assertThat(run.err().lines()).hasSize(1);
    assertThat(run.err()).contains("r.yar, line 3: undefined string \"$b\"");
    CommandRun missing = CommandRun.of("yara", folder.resolve("none.yar").toString(), NPT);
    assertThat(missing.code()).isEqualTo(ExitCode.INPUT);
    assertThat(missing.err()).contains("none.yar: no such file");
  }

  @Test
  void whatIsKeptIsFoundBySearch() throws Exception {
    String tiny = sample("tinyos.raw.zst");
    String made = folder.resolve("case").toString();
    assertThat(CommandRun.of("analyze", tiny, "-o", made).code()).isEqualTo(ExitCode.DONE);
    CommandRun before = CommandRun.of("search", made, "kind:yara", "--format", "json");
    assertThat(before.code()).isEqualTo(ExitCode.NOT_FOUND);
    assertThat(before.valid("search").at("/coverage/warnings").toString())
        .contains("no rules were followed");
    assertThat(CommandRun.of("report", made, "--as", "csv", "--rows", "yara").err())
        .contains("no rules were followed", "`yara RULES " + made + "`");
    for (String rule : List.of("first", "second")) {
      Path file =
          Files.writeString(
              folder.resolve("keep.yar"),
              "rule %s { strings: $a = { 0f 01 } condition: $a }".formatted(rule));
      String[] line = {
        "yara", file.toString(), made, "--physical", "--machine", "host", "--strings", "2", "--keep"
      };
      assertThat(CommandRun.of(line).code()).isEqualTo(ExitCode.DONE);
    }
    CommandRun found = CommandRun.of("search", made, "kind:yara", "--format", "json");
    JsonNode answer = found.valid("search");
    assertThat(answer.path("hits"))
        .singleElement()
        .satisfies(
            hit -> {
              assertThat(hit.path("rule").asText()).isEqualTo("second");
              assertThat(hit.path("machine").asText()).isEqualTo("host");
              assertThat(hit.path("strings")).hasSize(2);
            });
    assertThat(answer.at("/coverage/warnings").toString())
        .contains("keep.yar followed over physical memory of host");
    String hpa = answer.at("/hits/0/strings/0/hpa").asText();
    assertThat(CommandRun.of("search", made, "hpa:" + hpa, "flag:second").out())
        .contains("second: $a and 1 more", hpa);
    // Reports that were written before are made anew.
    assertThat(CommandRun.of("analyze", made).code()).isEqualTo(ExitCode.DONE);
    Path reports = folder.resolve("case").resolve("reports");
    String report = Files.readString(reports.resolve("report.json"));
    assertThat(CommandRun.valid("report", report).path("ruleHits")).hasSize(1);
    assertThat(Files.readAllLines(reports.resolve("yara.csv"))).hasSize(2);
    assertThat(Files.readString(folder.resolve("case").resolve("report.html")))
        .contains("\"rule\":\"second\"");
    assertThat(CommandRun.of("report", made, "--as", "csv", "--rows", "yara").err())
        .contains("keep.yar followed over physical memory of host");
    try (ServedSample served = new ServedSample(folder.resolve("case"))) {
      JsonNode own = served.json("/api/0/yara");
      assertThat(own.at("/hits/0/rule").asText()).isEqualTo("second");
      assertThat(own.at("/coverage/warnings").toString()).contains("keep.yar followed");
    }
    CommandRun image = CommandRun.of("yara", folder.resolve("keep.yar").toString(), tiny, "--keep");
    assertThat(image.code()).isEqualTo(ExitCode.USAGE);
  }
}
