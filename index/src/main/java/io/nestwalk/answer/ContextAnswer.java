package io.nestwalk.answer;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nestwalk.system.GuestProcess;
import io.nestwalk.system.ProcessContext;
import java.util.List;

/** What surrounds a process, as every answer shows it. */
public final class ContextAnswer {

  private ContextAnswer() {}

  /**
   * The row of a process.
   *
   * @param machine the id of the machine
   * @param arguments one by one
   * @param environment NAME=VALUE each
   */
  public static ObjectNode of(
      String machine,
      GuestProcess process,
      ProcessContext context,
      List<String> arguments,
      List<String> environment) {
    ObjectNode node = Json.object();
    node.put("machine", machine);
    node.put("pid", process.pid());
    node.put("process", process.name());
    process.path().ifPresent(path -> node.put("path", path));
    arguments.forEach(node.putArray("arguments")::add);
    environment.forEach(node.putArray("environment")::add);
    context.workingDirectory().ifPresent(path -> node.put("workingDirectory", path));
    context.rootDirectory().ifPresent(path -> node.put("rootDirectory", path));
    TraitsAnswer.addTo(node, context.traits());
    return node;
  }
}
