package io.nestwalk.answer;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nestwalk.system.GuestProcess;
import io.nestwalk.system.OpenFile;
import java.util.List;

/** An open file as every answer shows it. */
public final class OpenFileAnswer {

  private OpenFileAnswer() {}

  /**
   * The row of an open file.
   *
   * @param machine the id of the machine
   * @param process who has it open
   * @param others who else has a pipe or a socket, or the socket at its other end
   */
  public static ObjectNode of(
      String machine, GuestProcess process, OpenFile file, List<SocketAnswer.Holder> others) {
    ObjectNode node = Json.object();
    node.put("machine", machine);
    node.put("pid", process.pid());
    node.put("process", process.name());
    node.put("descriptor", file.descriptor());
    node.put("kind", file.kind().toString());
    node.put("access", file.access());
    node.put("offset", file.offset());
    node.put("path", file.path());
    node.put("object", Hex.of(file.object()));
    TraitsAnswer.addTo(node, file.traits());
    file.socket().ifPresent(socket -> node.set("socket", SocketAnswer.of(socket)));
    if (!others.isEmpty()) {
      SocketAnswer.addHolders(node, "others", others);
    }
    return node;
  }
}
