package io.nestwalk.linux.net;

import io.nestwalk.linux.kernel.Kernel;
import io.nestwalk.system.GuestSocket;
import io.nestwalk.system.GuestText;
import io.nestwalk.types.Field;
import io.nestwalk.types.KernelTypes;
import io.nestwalk.types.StructLayout;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * Reads {@code struct sock} and what its families put around it (include/net/sock.h, inet_sock.h,
 * af_unix.h; net/packet/internal.h, net/netlink/af_netlink.h).
 */
public final class SocketReader {

  // include/linux/socket.h
  static final int UNIX = 1;
  static final int INET = 2;
  static final int INET6 = 10;
  private static final int NETLINK = 16;
  private static final int PACKET = 17;
  private static final int VSOCK = 40;

  private static final Map<Integer, String> FAMILIES =
      Map.of(
          UNIX,
          "unix",
          NETLINK,
          "netlink",
          PACKET,
          "packet",
          VSOCK,
          "vsock",
          15,
          "key",
          29,
          "can",
          31,
          "bluetooth",
          38,
          "alg",
          43,
          "smc",
          44,
          "xdp");

  // include/uapi/linux/in.h; SOCK_RAW of include/linux/net.h
  private static final int TCP = 6;
  private static final int RAW = 3;
  private static final Map<Integer, String> PROTOCOLS =
      Map.of(
          TCP, "tcp", 17, "udp", 1, "icmp", 58, "icmp", 132, "sctp", 136, "udplite", 262, "mptcp");

  private static final Map<Integer, String> KINDS =
      Map.of(1, "stream", 2, "datagram", RAW, "raw", 5, "seqpacket", 10, "packet");

  /** include/net/tcp_states.h, from 1 on. */
  private static final List<String> STATES =
      List.of(
          "ESTABLISHED",
          "SYN_SENT",
          "SYN_RECV",
          "FIN_WAIT1",
          "FIN_WAIT2",
          "TIME_WAIT",
          "CLOSE",
          "CLOSE_WAIT",
          "LAST_ACK",
          "LISTEN",
          "CLOSING",
          "NEW_SYN_RECV");

  private static final int TIME_WAIT = 6;
  private static final int NEW_SYN_RECV = 12;

  /** sun_path of struct sockaddr_un, after sun_family. */
  private static final int MAX_PATH = 108;

  private static final int FAMILY_SIZE = 2;

  private final Kernel kernel;
  private final KernelTypes types;
  private final StructLayout sock;
  private final Field family;
  private final Field state;
  private final Field socketOfInode;
  private final Field sockOfSocket;
  private final Field socketOfSock;
  private final Field nodeOfSocket;
  private final Field inodeNumber;
  private final Field kind;
  private final Field protocol;
  private final Optional<Field> owner;
  private final Optional<Field> namespace;
  private final Optional<Field> namespaceNumber;

  /** A reader of one kernel's sockets. */
  public SocketReader(Kernel kernel) {
    this.kernel = kernel;
    types = kernel.types();
    sock = types.struct("sock");
    family = sock.field("__sk_common.skc_family");
    state = sock.field("__sk_common.skc_state");
    StructLayout both = types.struct("socket_alloc");
    socketOfInode = both.field("socket");
    nodeOfSocket = both.field("vfs_inode");
    sockOfSocket = types.field("socket", "sk");
    socketOfSock = sock.field("sk_socket");
    inodeNumber = types.field("inode", "i_ino");
    kind = sock.field("sk_type");
    protocol = sock.field("sk_protocol");
    owner = sock.find("sk_uid.val").or(() -> sock.find("sk_uid"));
    namespace = sock.find("__sk_common.skc_net.net");
    namespaceNumber = types.findField("net", "ns.inum");
  }

  /** The socket whose inode is given; empty when there is none. */
  public Optional<GuestSocket> ofInode(long inode) {
    long socket = inode - nodeOfSocket.offset() + socketOfInode.offset();
    long object = kernel.value(sockOfSocket, socket);
    // Of a lie at least one of the two ways differs.
    return kernel.isReadable(object) && kernel.value(socketOfSock, object) == socket
        ? Optional.of(read(object))
        : Optional.empty();
  }

  /** Whether the object is a whole {@code struct sock}: those that close or open are less. */
  private boolean isWhole(int family, int state) {
    return (family != INET && family != INET6) || (state != TIME_WAIT && state != NEW_SYN_RECV);
  }

  /** Whether an object says that it is a socket of netlink. */
  boolean isNetlink(long object) {
    return kernel.value(family, object) == NETLINK;
  }

  /** What {@code struct sock} at an address tells. */
  GuestSocket read(long object) {
    int kindOfFamily = (int) kernel.value(family, object);
    int status = (int) kernel.value(state, object);
    boolean whole = isWhole(kindOfFamily, status);
    Map<String, Object> traits = new LinkedHashMap<>();
    if (whole) {
      int type = (int) kernel.value(kind, object);
      Optional.ofNullable(KINDS.get(type)).ifPresent(name -> traits.put("kind", name));
      owner.ifPresent(field -> traits.put("uid", kernel.value(field, object)));
    }
    if (namespace.isPresent() && namespaceNumber.isPresent()) {
      long net = kernel.value(namespace.get(), object);
      if (kernel.isReadable(net)) {
        traits.put("namespace", kernel.value(namespaceNumber.get(), net));
      }
    }
    OptionalLong inode = whole ? inodeOf(object) : OptionalLong.empty();
    String name = name(object, kindOfFamily, whole);
    return switch (kindOfFamily) {
      case INET, INET6 -> internet(name, object, inode, status, kindOfFamily == INET6, traits);
      case UNIX -> local(name, object, inode, status, traits);
      case PACKET -> packet(name, object, inode, traits);
      case NETLINK -> netlink(name, object, inode, traits);
      default -> plain(name, object, inode, traits);
    };
  }

  private OptionalLong inodeOf(long object) {
    long socket = kernel.value(socketOfSock, object);
    if (!kernel.isReadable(socket)) {
      return OptionalLong.empty();
    }
    long inode = socket - socketOfInode.offset() + nodeOfSocket.offset();
    return OptionalLong.of(kernel.value(inodeNumber, inode));
  }

  private String name(long object, int kindOfFamily, boolean whole) {
    if (kindOfFamily != INET && kindOfFamily != INET6) {
      return FAMILIES.getOrDefault(kindOfFamily, "family-" + kindOfFamily);
    }
    String suffix = kindOfFamily == INET6 ? "6" : "";
    if (!whole) {
      return "tcp" + suffix;
    }
    int number = (int) kernel.value(protocol, object);
    if ((int) kernel.value(kind, object) == RAW) {
      return "raw" + suffix;
    }
    return PROTOCOLS.getOrDefault(number, "ip-" + number + "-") + suffix;
  }

  private GuestSocket plain(
      String name, long object, OptionalLong inode, Map<String, Object> traits) {
    return new GuestSocket(
        name,
        object,
        inode,
        Optional.empty(),
        OptionalInt.empty(),
        Optional.empty(),
        OptionalInt.empty(),
        Optional.empty(),
        OptionalLong.empty(),
        () -> traits);
  }

  private GuestSocket internet(
      String name,
      long object,
      OptionalLong inode,
      int status,
      boolean six,
      Map<String, Object> traits) {
    OptionalInt localPort = port("__sk_common.skc_num", object);
    OptionalInt remotePort = OptionalInt.empty();
    OptionalInt swapped = port("__sk_common.skc_dport", object);
    if (swapped.isPresent()) {
      remotePort =
          OptionalInt.of(Short.toUnsignedInt(Short.reverseBytes((short) swapped.getAsInt())));
    }
    if (name.startsWith("raw")) {
      // A raw socket has its protocol's number where others have their port.
      traits.put("ipProtocol", kernel.value(protocol, object));
      localPort = OptionalInt.empty();
      remotePort = OptionalInt.empty();
    }
    String stateName = status > 0 && status <= STATES.size() ? STATES.get(status - 1) : "";
    return new GuestSocket(
        name,
        object,
        inode,
        address(six ? "__sk_common.skc_v6_rcv_saddr" : "__sk_common.skc_rcv_saddr", six, object),
        localPort,
        address(six ? "__sk_common.skc_v6_daddr" : "__sk_common.skc_daddr", six, object),
        remotePort,
        Optional.of(stateName).filter(text -> !text.isEmpty()),
        OptionalLong.empty(),
        () -> traits);
  }

  private OptionalInt port(String path, long object) {
    Optional<Field> field = sock.find(path);
    return field.isPresent()
        ? OptionalInt.of((int) kernel.value(field.get(), object) & 0xffff)
        : OptionalInt.empty();
  }

  private Optional<String> address(String path, boolean six, long object) {
    Optional<Field> field = sock.find(path);
    if (field.isEmpty()) {
      return Optional.empty();
    }
    byte[] bytes = kernel.memory().readBytes(field.get().at(object), six ? 16 : 4);
    try {
      return bytes.length == (six ? 16 : 4)
          ? Optional.of(text(bytes, InetAddress.getByAddress(bytes)))
          : Optional.empty();
    } catch (UnknownHostException e) {
      throw new IllegalStateException("4 and 16 bytes are an address", e);
    }
  }

  /** An IPv6 address with its longest run of zeros left out, as RFC 5952 has it. */
  private static String text(byte[] bytes, InetAddress address) {
    if (bytes.length == 4) {
      return address.getHostAddress();
    }
    int best = -1;
    int length = 1;
    for (int i = 0; i < 8; i++) {
      int run = 0;
      while (i + run < 8 && bytes[2 * (i + run)] == 0 && bytes[2 * (i + run) + 1] == 0) {
        run++;
      }
      if (run > length) {
        best = i;
        length = run;
      }
    }
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < 8; i++) {
      if (i == best) {
        text.append("::");
        i += length - 1;
      } else {
        text.append(text.isEmpty() || text.charAt(text.length() - 1) == ':' ? "" : ":")
            .append(Integer.toHexString((bytes[2 * i] & 0xff) << 8 | (bytes[2 * i + 1] & 0xff)));
      }
    }
    return text.toString();
  }

  private GuestSocket local(
      String name, long object, OptionalLong inode, int status, Map<String, Object> traits) {
    Optional<Field> peerField = types.findField("unix_sock", "peer");
    long peer = peerField.isPresent() ? kernel.value(peerField.get(), object) : 0;
    boolean connected = kernel.isReadable(peer);
    boolean stream = !"datagram".equals(traits.get("kind"));
    Optional<String> text =
        switch (status) {
          case 1 -> Optional.of("ESTABLISHED");
          case 10 -> Optional.of("LISTEN");
          case 7 -> stream ? Optional.of("CLOSE") : Optional.empty();
          default -> Optional.empty();
        };
    return new GuestSocket(
        name,
        object,
        inode,
        unixPath(object),
        OptionalInt.empty(),
        connected ? unixPath(peer) : Optional.empty(),
        OptionalInt.empty(),
        text,
        connected ? OptionalLong.of(peer) : OptionalLong.empty(),
        () -> traits);
  }

  /** struct unix_address: the length of the whole address, then struct sockaddr_un. */
  private Optional<String> unixPath(long object) {
    Optional<Field> address = types.findField("unix_sock", "addr");
    Optional<StructLayout> layout = types.find("unix_address");
    if (address.isEmpty() || layout.isEmpty()) {
      return Optional.empty();
    }
    long at = kernel.value(address.get(), object);
    if (!kernel.isReadable(at)) {
      return Optional.empty();
    }
    int length =
        (int) Math.min(kernel.value(layout.get().field("len"), at), MAX_PATH + FAMILY_SIZE)
            - FAMILY_SIZE;
    long path = layout.get().field("name").at(at) + FAMILY_SIZE;
    if (length <= 0) {
      return Optional.empty();
    }
    byte[] bytes = kernel.memory().readBytes(path, length);
    if (bytes.length > 0 && bytes[0] == 0) {
      return Optional.of("@" + GuestText.of(bytes, 1, bytes.length));
    }
    return Optional.of(GuestText.upToZero(bytes));
  }

  private GuestSocket packet(
      String name, long object, OptionalLong inode, Map<String, Object> traits) {
    types
        .findField("packet_sock", "num")
        .ifPresent(
            field ->
                traits.put(
                    "etherType",
                    "0x%04x"
                        .formatted(
                            Short.toUnsignedInt(
                                Short.reverseBytes((short) kernel.value(field, object))))));
    types
        .findField("packet_sock", "ifindex")
        .ifPresent(field -> traits.put("interface", kernel.value(field, object)));
    return plain(name, object, inode, traits);
  }

  private GuestSocket netlink(
      String name, long object, OptionalLong inode, Map<String, Object> traits) {
    traits.put("netlinkProtocol", kernel.value(protocol, object));
    types
        .findField("netlink_sock", "portid")
        .ifPresent(field -> traits.put("portId", kernel.value(field, object)));
    return plain(name, object, inode, traits);
  }
}
