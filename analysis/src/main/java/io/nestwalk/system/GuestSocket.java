package io.nestwalk.system;

import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * A socket.
 *
 * @param protocol "tcp", "udp6", "unix", "raw", "packet", "netlink" ...; of what has no name the
 *     number of its family
 * @param object kernel address of what describes it: {@code struct sock}
 * @param inode the number that /proc has for it; empty for one that no descriptor leads to
 * @param local its own address; for a Unix socket the path, with @ in front of an abstract one
 * @param localPort its own port
 * @param remote the address of its peer; for a Unix socket the peer's path
 * @param remotePort the port of its peer
 * @param state "LISTEN", "ESTABLISHED" ..., where the protocol has states
 * @param peer kernel address of the socket at the other end, where that is in the same machine
 * @param traits what its own system knows beyond that
 */
public record GuestSocket(
    String protocol,
    long object,
    OptionalLong inode,
    Optional<String> local,
    OptionalInt localPort,
    Optional<String> remote,
    OptionalInt remotePort,
    Optional<String> state,
    OptionalLong peer,
    Traits traits) {

  /** One end in words: address:port, address alone, "*:port" or "*". */
  public static String endpoint(Optional<String> address, OptionalInt port) {
    String text =
        address
            .map(each -> each.indexOf(':') >= 0 && port.isPresent() ? "[" + each + "]" : each)
            .orElse("*");
    return port.isPresent() ? text + ":" + port.getAsInt() : text;
  }
}
