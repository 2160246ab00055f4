package io.nestwalk.answer;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nestwalk.system.GuestModule;

/** A module as every answer shows it. */
public final class ModuleAnswer {

  private ModuleAnswer() {}

  /**
   * The node of a module.
   *
   * @param machine the id of the machine
   */
  public static ObjectNode of(String machine, GuestModule module) {
    ObjectNode node = Json.object();
    node.put("machine", machine);
    node.put("name", module.name());
    node.put("base", Hex.of(module.base()));
    node.put("size", module.size());
    module.path().ifPresent(path -> node.put("path", path));
    node.put("object", Hex.of(module.object()));
    TraitsAnswer.addTo(node, module.traits());
    return node;
  }
}
