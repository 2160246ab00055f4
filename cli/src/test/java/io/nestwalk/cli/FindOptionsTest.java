package io.nestwalk.cli;

import static io.nestwalk.cli.CommandRun.sample;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is shown of hits: the bytes around them, owners, numbers. */
class FindOptionsTest {

  private static final String NPT = sample("kvm-npt.elf.zst");
  private static final String MARKER = "NESTED-MARKER-L2";
  private static final int AROUND = 24;

  private static JsonNode all;
  private static JsonNode processes;

  @BeforeAll
  static void find() {
    all = run("find").path("hits");
    processes =
        run("find", "--machine", "vm1", "--process-only", "-C", Integer.toString(AROUND))
            .path("hits");
  }

  private static JsonNode run(String schema, String... more) {
    List<String> line = new ArrayList<>(List.of("find", NPT, "--text", MARKER));
    line.addAll(List.of(more));
    line.addAll(List.of("--format", "json"));
    CommandRun run = CommandRun.of(line.toArray(String[]::new));
    assertThat(run.code()).as(run.err()).isEqualTo(ExitCode.DONE);
    return run.valid(schema);
  }

  /** Each marker follows itself in the process, also where its page ends. */
  @Test
  void theBytesAroundAHitAreThoseOfItsOwner() {
    String marker = HexFormat.of().formatHex(MARKER.getBytes(StandardCharsets.US_ASCII));
    int crossing = 0;
    for (JsonNode hit : processes) {
      JsonNode context = hit.path("context");
      JsonNode owner = hit.path("owners").path(0);
      int before = context.path("match").asInt();
      String bytes = context.path("bytes").asText();
      assertThat(context.path("machine").asText()).isEqualTo("vm1");
      long start = Long.decode(context.path("address").asText());
      assertThat(start + before).isEqualTo(Long.decode(owner.path("address").asText()));
      assertThat(before).isEqualTo(AROUND);
      assertThat(bytes).hasSize(2 * (2 * AROUND + MARKER.length()));
      assertThat(bytes.substring(2 * before)).startsWith(marker);
      crossing += (start + before & 0xfff) + MARKER.length() > 0x1000 ? 1 : 0;
    }
    assertThat(crossing).isPositive();
  }

  @Test
  void onlyWantedProcessesAreOwners() {
    assertThat(processes).isNotEmpty();
    assertThat(processes)
        .allSatisfy(
            hit ->
                assertThat(hit.path("owners"))
                    .isNotEmpty()
                    .allMatch(owner -> owner.path("space").asText().equals("user"))
                    .allMatch(owner -> owner.path("machine").asText().equals("vm1")));
    assertThat(all)
        .anySatisfy(
            hit ->
                assertThat(hit.path("owners"))
                    .anyMatch(owner -> owner.path("space").asText().equals("kernel")));
  }

  @Test
  void aHitCountsOnceInEachSpaceThatHasIt() {
    Map<String, Integer> wanted = new TreeMap<>();
    for (JsonNode hit : all) {
      hit.path("owners")
          .valueStream()
          .map(FindOptionsTest::space)
          .distinct()
          .forEach(space -> wanted.merge(space, 1, Integer::sum));
    }
    Map<String, Integer> counted = new TreeMap<>();
    run("find-count", "--count")
        .path("counts")
        .forEach(row -> counted.put(space(row), row.path("hits").asInt()));
    assertThat(counted).isEqualTo(wanted).hasSizeGreaterThan(3);
  }

  private static String space(JsonNode row) {
    return String.join(
        " ",
        row.path("machine").asText(),
        row.path("space").asText(),
        row.path("pid").asText(),
        row.path("process").asText());
  }

  @ParameterizedTest
  @ValueSource(strings = {"-C 4097", "-C -1", "-C 8 --count"})
  void whatCannotBeShownIsRefused(String options) {
    List<String> line = new ArrayList<>(List.of("find", NPT, "--text", MARKER));
    line.addAll(List.of(options.split(" ", -1)));
    assertThat(CommandRun.of(line.toArray(String[]::new)).code()).isEqualTo(ExitCode.USAGE);
  }
}
