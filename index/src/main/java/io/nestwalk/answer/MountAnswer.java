package io.nestwalk.answer;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nestwalk.system.GuestMount;

/** A mounted file system as every answer shows it. */
public final class MountAnswer {

  private MountAnswer() {}

  /**
   * The row of a mount.
   *
   * @param machine the id of the machine
   */
  public static ObjectNode of(String machine, GuestMount mount) {
    ObjectNode node = Json.object();
    node.put("machine", machine);
    node.put("namespace", mount.namespace());
    node.put("id", mount.id());
    node.put("parent", mount.parent());
    node.put("source", mount.source());
    node.put("type", mount.type());
    node.put("point", mount.point());
    node.put("root", mount.root());
    mount.options().forEach(node.putArray("options")::add);
    node.put("object", Hex.of(mount.object()));
    return node;
  }
}
