package io.nestwalk.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.nestwalk.answer.FindingAnswer;
import io.nestwalk.wording.Count;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Findings for people, whether they come from an image or from a folder. */
final class FindingsView {

  /** So many findings of a rule, and so many runs of pages of a finding, are shown to a person. */
  private static final int SHOWN = 8;

  private FindingsView() {}

  /**
   * Prints findings by rule, each rule with its reason, and what was not looked at.
   *
   * @param findings as answers have them
   * @param examined what was examined, as the coverage has it
   */
  static void print(Iterable<? extends JsonNode> findings, JsonNode examined, PrintWriter out) {
    Map<String, List<JsonNode>> byRule = new LinkedHashMap<>();
    for (JsonNode finding : findings) {
      byRule.computeIfAbsent(finding.path("rule").asText(), rule -> new ArrayList<>()).add(finding);
    }
    out.println();
    if (byRule.isEmpty()) {
      out.println(
          isComplete(examined) ? "No findings" : "No findings in what was examined; see below");
    } else {
      out.println("Findings");
      byRule.values().forEach(each -> rule(each, out));
    }
    gaps(examined).forEach(line -> out.println("  " + line));
  }

  private static void rule(List<JsonNode> findings, PrintWriter out) {
    out.println(
        "  %s (%d): %s"
            .formatted(
                findings.getFirst().path("rule").asText(),
                findings.size(),
                findings.getFirst().path("reason").asText()));
    findings.stream().limit(SHOWN).forEach(each -> finding(each, out));
    if (findings.size() > SHOWN) {
      out.println("    ... %d more".formatted(findings.size() - SHOWN));
    }
  }

  private static void finding(JsonNode finding, PrintWriter out) {
    String process =
        finding.has("pid")
            ? " %d (%s)"
                .formatted(
                    finding.path("pid").asInt(), Printable.of(finding.path("process").asText()))
            : "";
    String pages =
        finding.has("pages")
            ? " (%s)".formatted(Count.of(finding.path("pages").asLong(), "page"))
            : "";
    out.println(
        "    %s%s: %s%s"
            .formatted(
                finding.path("machine").asText(),
                process,
                Printable.of(finding.path("text").asText()),
                pages));
    JsonNode runs = finding.path("runs");
    for (int i = 0; i < Math.min(SHOWN, runs.size()); i++) {
      JsonNode run = runs.get(i);
      out.println(
          "      gpa %s  hpa %s  %s  %s"
              .formatted(
                  run.path("gpa").asText(),
                  run.path("hpa").asText(),
                  Sizes.of(run.path("length").asLong()),
                  run.path("permissions").asText()));
    }
    if (runs.size() > SHOWN) {
      out.println("      ...");
    }
  }

  /** Whether everything that could stand out was looked at. */
  static boolean isComplete(JsonNode examined) {
    return !examined.isEmpty() && gaps(examined).isEmpty();
  }

  /** What was not looked at, a line for each machine and reason. */
  static List<String> gaps(JsonNode examined) {
    return FindingAnswer.gaps(examined);
  }
}
