package io.nestwalk.cli;

import static io.nestwalk.cli.CommandRun.sample;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/** The commands on the shipped sample of a Windows, held against what is true about it. */
class WindowsSampleTest {

  private static final String IMAGE = sample("win19041.elf.zst");
  private static final JsonNode TRUTH = CommandRun.truth("win19041").path("machines").path("host");

  private static Map<Integer, String> byPid(
      Iterable<JsonNode> processes, Function<JsonNode, String> what) {
    Map<Integer, String> all = new TreeMap<>();
    processes.forEach(each -> all.put(each.path("pid").asInt(), what.apply(each)));
    return all;
  }

  @Test
  void processesAreThoseOfTheTruthTheHiddenAndTheEndedOnesToo() {
    JsonNode answer = CommandRun.of("ps", IMAGE, "--format", "json").valid("ps");

    Function<JsonNode, String> flags =
        each ->
            "hidden %s, exited %s"
                .formatted(each.path("hidden").asBoolean(), each.path("exited").asBoolean());
    Map<Integer, String> expected = byPid(TRUTH.path("processes"), flags);
    assertThat(byPid(answer.path("processes"), flags)).isEqualTo(expected);
    assertThat(expected.values()).anyMatch(each -> each.startsWith("hidden true"));
  }

  @Test
  void injectedCodeIsFoundWhereTheTruthHasIt() {
    JsonNode found = CommandRun.of("malfind", IMAGE, "--format", "json").valid("malfind");

    Function<JsonNode, String> place = each -> each.path("injected").asText();
    Map<Integer, String> expected = byPid(TRUTH.path("processes"), place);
    expected.values().removeIf(each -> each.isEmpty() || each.equals("null"));
    assertThat(byPid(found.path("mappings"), each -> each.path("start").asText()))
        .isEqualTo(expected)
        .isNotEmpty();
  }
}
