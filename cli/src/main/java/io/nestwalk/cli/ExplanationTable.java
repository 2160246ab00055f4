package io.nestwalk.cli;

import io.nestwalk.answer.Hex;
import io.nestwalk.paging.Permissions;
import io.nestwalk.session.Explanation;
import java.io.PrintWriter;

/** Why an address is what it is, for people. */
final class ExplanationTable {

  private ExplanationTable() {}

  static void print(Explanation explanation, PrintWriter out) {
    out.println();
    TextTable layers = new TextTable("LAYER", "ALLOWS", "TYPE", "FAULT");
    for (Explanation.LayerPart part : explanation.layers()) {
      layers.row(
          part.dimension(),
          Permissions.format(part.permissions()),
          part.memoryType().orElse("-"),
          part.fault().map(Object::toString).orElse("-"));
    }
    layers.print(out);
    out.println();
    if (explanation.refusals().isEmpty()) {
      out.println("every access is allowed");
    } else {
      // A second level does not tell who asks.
      boolean modes = explanation.refusals().stream().anyMatch(Explanation.Refusal::user);
      TextTable refused = new TextTable("REFUSED", "BY", "IN", "RAISES", "CODE");
      for (Explanation.Refusal refusal : explanation.refusals()) {
        refused.row(
            refusal.access(),
            refusal.user() ? "user" : modes ? "kernel" : "any",
            refusal.dimension(),
            refusal.event(),
            refusal.code() < 0 ? "-" : Hex.of(refusal.code()));
      }
      refused.print(out);
    }
    explanation.memoryType().ifPresent(type -> out.println("memory type: " + type));
    explanation.place().ifPresent(out::println);
  }
}
