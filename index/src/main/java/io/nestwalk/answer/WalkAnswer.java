package io.nestwalk.answer;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nestwalk.memory.Trace;

/** A traced walk as every answer shows it. */
public final class WalkAnswer {

  private WalkAnswer() {}

  /** Every table entry that the walk read, in order. */
  public static ArrayNode steps(Trace walk) {
    ArrayNode steps = Json.MAPPER.createArrayNode();
    for (Trace.Reference reference : walk.references()) {
      ObjectNode node = steps.addObject();
      node.put("n", steps.size());
      node.put("dimension", reference.dimension());
      node.put("level", reference.step().level().name());
      node.put("table", Hex.of(reference.step().table()));
      node.put("entryAddress", Hex.of(reference.step().entryAddress()));
      if (reference.entryInLowest() >= 0) {
        node.put("entryHostAddress", Hex.of(reference.entryInLowest()));
      }
      node.put("entry", Hex.of(reference.step().entry()));
      node.put("meaning", reference.meaning());
    }
    return steps;
  }

  /** Where the walk stopped and why. */
  public static ObjectNode fault(Trace.TraceFault fault) {
    ObjectNode node = Json.object();
    node.put("dimension", fault.dimension());
    fault.level().ifPresent(level -> node.put("level", level));
    node.put("reason", fault.reason().toString());
    node.put("entry", Hex.of(fault.entry()));
    return node;
  }
}
