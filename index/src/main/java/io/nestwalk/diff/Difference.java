package io.nestwalk.diff;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nestwalk.answer.Json;
import java.util.List;
import java.util.Optional;

/**
 * A thing that came, went or changed.
 *
 * @param kind of the thing
 * @param machine that it belongs to, by its id in the second image; in the first where the second
 *     lacks the machine
 * @param keys what of it differs, names of keys of its row; none unless it changed
 * @param before its row in the first image
 * @param after its row in the second image
 */
public record Difference(
    Change change,
    RowKind kind,
    String machine,
    List<String> keys,
    Optional<ObjectNode> before,
    Optional<ObjectNode> after) {

  /** Copies the list. */
  public Difference {
    keys = List.copyOf(keys);
  }

  /** The row of an answer. */
  public ObjectNode row() {
    ObjectNode known = after.or(() -> before).orElseThrow();
    ObjectNode row = Json.object();
    row.put("change", change.toString());
    row.put("kind", kind.toString());
    row.put("machine", machine);
    if (known.has("pid")) {
      row.set("pid", known.path("pid"));
    }
    row.put("text", kind.text(known));
    ArrayNode names = row.putArray("keys");
    keys.forEach(names::add);
    before.ifPresent(node -> row.set("before", node));
    after.ifPresent(node -> row.set("after", node));
    return row;
  }
}
