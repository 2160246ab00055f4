package io.nestwalk.answer;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nestwalk.control.ControlField;
import io.nestwalk.control.ControlStructure;

/** Fields of control structures, as every answer shows them. */
public final class ControlAnswer {

  private ControlAnswer() {}

  /** The row of a field. */
  public static ObjectNode field(ControlStructure structure, ControlField field) {
    ObjectNode node = head(structure);
    node.put("group", field.group());
    node.put("field", field.name());
    if (field.offset() >= 0) {
      node.put("offset", field.offset());
    }
    node.put("value", Hex.of(field.value()));
    if (!field.meaning().isEmpty()) {
      node.put("meaning", field.meaning());
    }
    return node;
  }

  /** What is known of a structure as a whole. */
  public static ObjectNode structure(ControlStructure structure) {
    ObjectNode node = head(structure);
    node.put("layout", structure.layout());
    node.put("fields", structure.fields().size());
    node.put("undecodedBytes", structure.undecoded());
    return node;
  }

  private static ObjectNode head(ControlStructure structure) {
    ObjectNode node = Json.object();
    node.put("machine", structure.machine());
    structure.guest().ifPresent(guest -> node.put("guest", guest));
    node.put("structure", structure.kind());
    if (structure.kind().equals("cpu")) {
      node.put("cpu", structure.address());
    } else {
      node.put("address", Hex.of(structure.address()));
    }
    return node;
  }
}
