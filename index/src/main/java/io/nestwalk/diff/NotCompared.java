package io.nestwalk.diff;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nestwalk.answer.Json;

/**
 * What could not be compared, so that no difference in it says nothing.
 *
 * @param machine by its id in the second image
 * @param kind of the rows
 * @param reason in words
 */
public record NotCompared(String machine, RowKind kind, String reason) {

  /** The node of an answer. */
  public ObjectNode node() {
    ObjectNode node = Json.object();
    node.put("machine", machine);
    node.put("kind", kind.toString());
    node.put("reason", reason);
    return node;
  }
}
