package io.nestwalk.answer;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nestwalk.system.GuestProcess;

/** A process as every answer shows it. What is not known is left out. */
public final class ProcessAnswer {

  private ProcessAnswer() {}

  /**
   * The node of a process.
   *
   * @param machine the id of the machine that it runs in
   */
  public static ObjectNode of(String machine, GuestProcess process) {
    ObjectNode node = JsonNodeFactory.instance.objectNode();
    node.put("machine", machine);
    node.put("pid", process.pid());
    node.put("ppid", process.ppid());
    node.put("name", process.name());
    process.path().ifPresent(path -> node.put("path", path));
    process.commandLine().ifPresent(line -> node.put("commandLine", line));
    process.startTime().ifPresent(time -> node.put("startTime", time.toString()));
    process.endTime().ifPresent(time -> node.put("endTime", time.toString()));
    process.threads().ifPresent(count -> node.put("threads", count));
    node.put("kernelThread", process.kernelThread());
    process.root().ifPresent(root -> node.put("root", Hex.of(root)));
    process.userRoot().ifPresent(root -> node.put("userRoot", Hex.of(root)));
    node.put("object", Hex.of(process.object()));
    if (process.hidden()) {
      node.put("hidden", true);
    }
    if (process.exited()) {
      node.put("exited", true);
    }
    TraitsAnswer.addTo(node, process.traits());
    ArrayNode seenBy = node.putArray("seenBy");
    process.seenBy().forEach(seenBy::add);
    return node;
  }
}
