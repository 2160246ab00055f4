package io.nestwalk.answer;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nestwalk.system.GuestSocket;
import io.nestwalk.system.GuestSystem;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** A socket as every answer shows it. */
public final class SocketAnswer {

  private SocketAnswer() {}

  /**
   * Who has a socket open.
   *
   * @param process its name
   */
  public record Holder(int pid, String process, int descriptor) {}

  /**
   * The rows of all sockets of a machine: those in its kernel's tables, then those that only a
   * process has.
   *
   * @param machine the id of the machine
   * @param note is told which tables could not be read
   */
  public static List<ObjectNode> all(String machine, GuestSystem system, Consumer<String> note) {
    GuestSystem.Sockets tables = system.sockets();
    tables.missing().forEach(note);
    Holders holders = Holders.in(system);
    Map<Long, GuestSocket> ofTables = new LinkedHashMap<>();
    tables.sockets().forEach(socket -> ofTables.put(socket.object(), socket));
    Map<Long, GuestSocket> all = new LinkedHashMap<>(ofTables);
    holders.sockets().forEach(all::putIfAbsent);
    return all.values().stream()
        .map(
            socket ->
                of(machine, socket, holders.of(socket), ofTables.containsKey(socket.object())))
        .toList();
  }

  /**
   * The row of a socket.
   *
   * @param machine the id of the machine
   * @param holders who has it open
   * @param inTable whether one of the kernel's tables has it
   */
  public static ObjectNode of(
      String machine, GuestSocket socket, List<Holder> holders, boolean inTable) {
    ObjectNode node = Json.object();
    node.put("machine", machine);
    fill(node, socket);
    addHolders(node, "holders", holders);
    ArrayNode seenBy = node.putArray("seenBy");
    if (!holders.isEmpty()) {
      seenBy.add("descriptors");
    }
    if (inTable) {
      seenBy.add("tables");
    }
    return node;
  }

  /** The node of a socket within the row of a file. */
  static ObjectNode of(GuestSocket socket) {
    ObjectNode node = Json.object();
    fill(node, socket);
    return node;
  }

  private static void fill(ObjectNode node, GuestSocket socket) {
    node.put("protocol", socket.protocol());
    socket.local().ifPresent(text -> node.put("local", text));
    socket.localPort().ifPresent(port -> node.put("localPort", port));
    socket.remote().ifPresent(text -> node.put("remote", text));
    socket.remotePort().ifPresent(port -> node.put("remotePort", port));
    socket.state().ifPresent(text -> node.put("state", text));
    socket.inode().ifPresent(number -> node.put("inode", number));
    node.put("object", Hex.of(socket.object()));
    socket.peer().ifPresent(object -> node.put("peer", Hex.of(object)));
    TraitsAnswer.addTo(node, socket.traits());
  }

  static void addHolders(ObjectNode node, String name, List<Holder> holders) {
    ArrayNode array = node.putArray(name);
    for (Holder holder : holders) {
      array
          .addObject()
          .put("pid", holder.pid())
          .put("process", holder.process())
          .put("descriptor", holder.descriptor());
    }
  }
}
