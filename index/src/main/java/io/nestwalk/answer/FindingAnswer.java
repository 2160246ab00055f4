package io.nestwalk.answer;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nestwalk.finding.Examination;
import io.nestwalk.finding.Finding;
import io.nestwalk.paging.Permissions;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A finding as every answer shows it, and what was looked at. */
public final class FindingAnswer {

  private FindingAnswer() {}

  /** The node of a finding. */
  public static ObjectNode of(Finding finding) {
    ObjectNode node = Json.object();
    node.put("machine", finding.machine());
    finding.pid().ifPresent(pid -> node.put("pid", pid));
    finding.process().ifPresent(name -> node.put("process", name));
    node.put("rule", finding.rule().toString());
    node.put("reason", finding.rule().reason());
    node.put("text", finding.text());
    finding.address().ifPresent(address -> node.put("address", Hex.of(address)));
    if (finding.count() > 0) {
      node.put("pages", finding.count());
      ArrayNode runs = node.putArray("runs");
      for (Finding.Run run : finding.pages()) {
        ObjectNode one = runs.addObject();
        one.put("gpa", Hex.of(run.guest()));
        one.put("hpa", Hex.of(run.host()));
        one.put("length", run.length());
        one.put("permissions", Permissions.format(run.permissions()));
      }
    }
    return node;
  }

  /** What could not be examined, a line for each machine and reason. */
  public static List<String> gaps(List<Examination> examinations) {
    return gaps(examined(examinations));
  }

  /**
   * The same of what a coverage says.
   *
   * @param examined as {@link #examined} makes it
   */
  public static List<String> gaps(JsonNode examined) {
    List<String> lines = new ArrayList<>();
    for (JsonNode machine : examined) {
      Map<String, List<String>> byReason = new LinkedHashMap<>();
      for (JsonNode each : machine.path("omitted")) {
        byReason
            .computeIfAbsent(each.path("reason").asText(), reason -> new ArrayList<>())
            .add(each.path("rule").asText());
      }
      byReason.forEach(
          (reason, rules) ->
              lines.add(
                  "%s: not examined: %s (%s)"
                      .formatted(
                          machine.path("machine").asText(), String.join(", ", rules), reason)));
    }
    return lines;
  }

  /** What was examined of every machine and what could not be, for the coverage. */
  public static ArrayNode examined(List<Examination> examinations) {
    ArrayNode array = Json.MAPPER.createArrayNode();
    for (Examination each : examinations) {
      ObjectNode node = array.addObject();
      node.put("machine", each.machine());
      ArrayNode rules = node.putArray("rules");
      each.examined().forEach(rule -> rules.add(rule.toString()));
      ArrayNode omitted = node.putArray("omitted");
      each.omitted()
          .forEach(
              (rule, reason) ->
                  omitted.addObject().put("rule", rule.toString()).put("reason", reason));
    }
    return array;
  }
}
