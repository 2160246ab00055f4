package io.nestwalk.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A thing has the same keys and values whichever command shows it. */
class AnswersAgreeTest {

  private static final String IMAGE = CommandRun.sample("kvm-npt.elf.zst");

  @TempDir private static Path work;
  private static String folder;

  @BeforeAll
  static void analyze() {
    folder = work.resolve("case").toString();
    CommandRun made = CommandRun.of("analyze", IMAGE, "-o", folder);
    assertThat(made.code()).as(made.err()).isEqualTo(ExitCode.DONE);
  }

  private static List<JsonNode> rows(JsonNode list) {
    List<JsonNode> rows = new ArrayList<>();
    list.forEach(rows::add);
    return rows;
  }

  /** What search says, without the word for what each row is about. */
  private static List<JsonNode> search(String query) {
    CommandRun run = CommandRun.of("search", folder, query, "--format", "json", "--limit", "9999");
    List<JsonNode> rows = rows(run.valid("search").path("hits"));
    rows.forEach(row -> assertThat(((ObjectNode) row).remove("type")).isNotNull());
    return rows;
  }

  private static JsonNode ask(String schema, String... args) {
    return CommandRun.of(args).valid(schema);
  }

  @Test
  void processes() {
    assertThat(search("kind:process"))
        .isNotEmpty()
        .containsExactlyInAnyOrderElementsOf(
            rows(ask("ps", "ps", IMAGE, "--format", "json").path("processes")));
  }

  @Test
  void machines() {
    JsonNode answer = ask("machines", "machines", IMAGE, "--findings", "--format", "json");
    assertThat(search("kind:machine")).hasSize(2).isEqualTo(rows(answer.path("machines")));
    assertThat(answer.path("coverage").path("examined")).hasSize(2);
  }

  @ParameterizedTest
  @CsvSource({"host, 98", "vm1, 86"})
  void mappings(String machine, String pid) {
    JsonNode maps =
        ask("maps", "maps", IMAGE, "--machine", machine, "--pid", pid, "--format", "json");
    assertThat(search("kind:mapping machine:%s pid:%s".formatted(machine, pid)))
        .isNotEmpty()
        .isEqualTo(rows(maps.path("mappings")));
  }

  @Test
  void pagesAreThoseOfTheIndex() {
    JsonNode maps =
        ask(
            "maps",
            "maps",
            IMAGE,
            "--machine",
            "vm1",
            "--pid",
            "86",
            "--pages",
            "--format",
            "json");
    JsonNode first = maps.path("mappings").get(0).path("runs").get(0);
    JsonNode found =
        search("kind:run machine:vm1 pid:86 va:" + first.path("start").asText()).getFirst();
    for (String key : new String[] {"gpa", "hpa", "fileOffset", "pageSize", "permissions"}) {
      assertThat(found.path(key)).as(key).isEqualTo(first.path(key));
    }
  }

  @Test
  void analyzeListsTheSameMachines() {
    JsonNode answer = ask("analyze", "analyze", IMAGE, "-o", folder, "--format", "json");
    assertThat(rows(answer.path("machines"))).isEqualTo(search("kind:machine"));
  }

  @Test
  void otherAnswersAreAsPublished() {
    ask("info", "info", IMAGE, "--format", "json");
    ask("modules", "modules", IMAGE, "--format", "json");
    ask("dmesg", "dmesg", IMAGE, "--format", "json");
    ask(
        "translate",
        "translate",
        IMAGE,
        "0x1a87e040",
        "--machine",
        "vm1",
        "--pid",
        "86",
        "--trace",
        "--format",
        "json");
    ask("translate", "translate", IMAGE, "0x1000", "--format", "json");
  }

  @Test
  void schemasArePrinted() {
    assertThat(CommandRun.of("schema").out()).contains("ps", "report-line");
    assertThat(CommandRun.of("schema", "ps").json().path("title").asText())
        .isEqualTo("The answer of ps --format json");
    assertThat(CommandRun.of("schema", "nothing").code()).isEqualTo(ExitCode.NOT_FOUND);
  }
}
