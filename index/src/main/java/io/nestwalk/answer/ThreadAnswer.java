package io.nestwalk.answer;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nestwalk.system.GuestProcess;
import io.nestwalk.system.GuestThread;

/** A thread as every answer shows it. */
public final class ThreadAnswer {

  private ThreadAnswer() {}

  /**
   * The row of a thread.
   *
   * @param machine the id of the machine
   * @param process whose it is
   */
  public static ObjectNode of(String machine, GuestProcess process, GuestThread thread) {
    ObjectNode node = Json.object();
    node.put("machine", machine);
    node.put("pid", process.pid());
    node.put("process", process.name());
    node.put("tid", thread.id());
    node.put("name", thread.name());
    thread.startTime().ifPresent(time -> node.put("startTime", time.toString()));
    node.put("object", Hex.of(thread.object()));
    TraitsAnswer.addTo(node, thread.traits());
    return node;
  }
}
