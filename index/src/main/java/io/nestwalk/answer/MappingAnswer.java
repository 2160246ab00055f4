package io.nestwalk.answer;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nestwalk.system.GuestMapping;

/** A mapping as every answer shows it. What is not known is left out. */
public final class MappingAnswer {

  private MappingAnswer() {}

  /**
   * The node of a mapping.
   *
   * @param machine the id of the machine
   * @param pid of the process that has it
   * @param process that process's name
   */
  public static ObjectNode of(String machine, int pid, String process, GuestMapping mapping) {
    ObjectNode node = Json.object();
    node.put("machine", machine);
    node.put("pid", pid);
    node.put("process", process);
    node.put("start", Hex.of(mapping.start()));
    node.put("end", Hex.of(mapping.end()));
    node.put("permissions", mapping.permissions());
    node.put("kind", mapping.kind().toString());
    mapping.path().ifPresent(path -> node.put("path", path));
    node.put("offset", Hex.of(mapping.offset()));
    node.put("presentBytes", mapping.presentBytes());
    ArrayNode flags = node.putArray("flags");
    mapping.flags().forEach(flag -> flags.add(flag.toString()));
    node.put("object", Hex.of(mapping.object()));
    TraitsAnswer.addTo(node, mapping.traits());
    return node;
  }
}
