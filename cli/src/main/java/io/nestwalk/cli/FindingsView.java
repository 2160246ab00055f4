package io.nestwalk.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nestwalk.machine.Finding;
import io.nestwalk.paging.Permissions;
import java.io.PrintWriter;
import java.util.List;

/** Findings for people and for programs. */
final class FindingsView {

  /** So many runs of pages are shown to a person. */
  private static final int SHOWN = 8;

  private FindingsView() {}

  static void print(List<Finding> findings, PrintWriter out) {
    out.println();
    out.println(findings.isEmpty() ? "No findings" : "Findings");
    for (Finding finding : findings) {
      out.println(
          "  %s, %s: %s (%d pages)"
              .formatted(finding.machine(), finding.kind(), finding.text(), finding.count()));
      finding.pages().stream()
          .limit(SHOWN)
          .forEach(
              run ->
                  out.println(
                      "    gpa %s  hpa %s  %s  %s"
                          .formatted(
                              Hex.of(run.guest()),
                              Hex.of(run.host()),
                              Sizes.of(run.length()),
                              Permissions.format(run.permissions()))));
      if (finding.pages().size() > SHOWN) {
        out.println("    ...");
      }
    }
  }

  static ArrayNode nodes(List<Finding> findings) {
    ArrayNode array = AnswerWriter.JSON.createArrayNode();
    for (Finding finding : findings) {
      ObjectNode node = array.addObject();
      node.put("kind", finding.kind().toString());
      node.put("machine", finding.machine());
      node.put("text", finding.text());
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
    return array;
  }
}
