package io.nestwalk.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nestwalk.system.GuestSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/** Sockets as tables for people show them. */
final class SocketColumns {

  private SocketColumns() {}

  /** One end: "127.0.0.1:22". */
  static String end(ObjectNode socket, String side) {
    JsonNode port = socket.path(side + "Port");
    Optional<String> address =
        socket.has(side) ? Optional.of(Printable.of(socket.path(side).asText())) : Optional.empty();
    return address.isEmpty() && port.isMissingNode()
        ? "-"
        : GuestSocket.endpoint(
            address, port.isMissingNode() ? OptionalInt.empty() : OptionalInt.of(port.asInt()));
  }

  /** All of it on one line. */
  static String describe(ObjectNode socket) {
    List<String> words = new ArrayList<>();
    words.add(socket.path("protocol").asText());
    String local = end(socket, "local");
    String remote = end(socket, "remote");
    if (!local.equals("-") || !remote.equals("-")) {
      words.add(local);
      words.add("-> " + remote);
    }
    if (socket.has("state")) {
      words.add(socket.path("state").asText());
    }
    return String.join(" ", words);
  }

  /** Who has it: "86/5". */
  static String holders(JsonNode list) {
    List<String> words = new ArrayList<>();
    for (JsonNode each : list) {
      words.add(each.path("pid").asInt() + "/" + each.path("descriptor").asInt());
    }
    return words.isEmpty() ? "-" : String.join(",", words);
  }
}
