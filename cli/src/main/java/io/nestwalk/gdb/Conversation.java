package io.nestwalk.gdb;

import io.nestwalk.image.Memory;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Optional;
import java.util.stream.Collectors;

/** What GDB asks and is answered, packet by packet (GDB manual, appendix E). */
final class Conversation {

  private static final String OK = "OK";

  /** A packet that is not understood is answered with nothing. */
  private static final String UNSUPPORTED = "";

  /** EINVAL. */
  private static final String INVALID = "E16";

  /** EFAULT. */
  private static final String NO_MEMORY = "E0e";

  /** EROFS. */
  private static final String READ_ONLY = "E1e";

  private static final String FEATURES = "qXfer:features:read:target.xml:";
  private static final String THREADS = "qXfer:threads:read::";
  private static final int MOST_BYTES = PacketStream.MAX_CONTENT / 2 - 16;
  private static final int HEX_RADIX = 16;

  private final Target target;
  private final RegisterSet registers;
  private final PacketStream packets;
  private TargetThread current;

  Conversation(Target target, PacketStream packets) {
    this.target = target;
    this.packets = packets;
    registers = RegisterSet.of(target.architecture());
    current = target.threads().getFirst();
  }

  /** Answers until the other side ends, detaches or kills. */
  void run() throws IOException {
    for (String packet = packets.next(); packet != null; packet = packets.next()) {
      if (packet.startsWith("k") || packet.startsWith("vKill")) {
        return;
      }
      packets.send(answer(packet));
      if (packet.startsWith("D")) {
        return;
      }
      if (packet.equals("QStartNoAckMode")) {
        packets.stopAcknowledging();
      }
    }
  }

  /** The answer to a packet. */
  String answer(String packet) {
    try {
      return switch (packet.isEmpty() ? '\0' : packet.charAt(0)) {
        case '?' -> "T05thread:%x;".formatted(current.id());
        case 'q' -> query(packet);
        case 'Q' -> packet.equals("QStartNoAckMode") ? OK : UNSUPPORTED;
        case 'H' -> choose(packet);
        case 'T' -> target.thread(number(packet.substring(1))).isPresent() ? OK : INVALID;
        case 'g' -> registers.all(current.registers());
        case 'p' -> register(packet);
        case 'm' -> memory(packet);
        case 'D' -> OK;
        // What writes, and what would let the machine go on.
        case 'G', 'P', 'M', 'X', 'Z', 'z', 'c', 'C', 's', 'S' -> READ_ONLY;
        default -> UNSUPPORTED;
      };
    } catch (NumberFormatException | IndexOutOfBoundsException e) {
      return INVALID;
    }
  }

  private String query(String packet) {
    if (packet.startsWith("qSupported")) {
      return "PacketSize=%x;QStartNoAckMode+;qXfer:features:read+;qXfer:threads:read+"
          .formatted(PacketStream.MAX_CONTENT);
    }
    if (packet.startsWith(FEATURES)) {
      return part(registers.description(), packet.substring(FEATURES.length()));
    }
    if (packet.startsWith(THREADS)) {
      return part(threads(), packet.substring(THREADS.length()));
    }
    if (packet.startsWith("qThreadExtraInfo,")) {
      Optional<TargetThread> thread =
          target.thread(number(packet.substring(packet.indexOf(',') + 1)));
      return thread
          .map(each -> HexFormat.of().formatHex(each.name().getBytes(StandardCharsets.UTF_8)))
          .orElse(INVALID);
    }
    return switch (packet) {
      case "qC" -> "QC%x".formatted(current.id());
      case "qAttached" -> "1";
      case "qfThreadInfo" ->
          target.threads().stream()
              .map(thread -> Integer.toHexString(thread.id()))
              .collect(Collectors.joining(",", "m", ""));
      case "qsThreadInfo" -> "l";
      default -> UNSUPPORTED;
    };
  }

  private String threads() {
    StringBuilder xml = new StringBuilder("<?xml version=\"1.0\"?>\n<threads>\n");
    for (TargetThread thread : target.threads()) {
      xml.append("<thread id=\"%x\" name=\"".formatted(thread.id()));
      thread.name().codePoints().forEach(c -> xml.append(escaped(c)));
      xml.append("\"/>\n");
    }
    return xml.append("</threads>\n").toString();
  }

  /** A letter of a guest's as it may stand in an attribute; what XML forbids is a question mark. */
  private static String escaped(int c) {
    boolean plain = c >= ' ' && c < 0x7f && "<>&\"'".indexOf(c) < 0;
    boolean allowed = c >= ' ' && c <= 0xfffd && !(c >= 0xd800 && c <= 0xdfff);
    return plain ? Character.toString(c) : allowed ? "&#x%x;".formatted(c) : "?";
  }

  /** A part of a document, by {@code offset,length} in hexadecimal. */
  private static String part(String document, String place) {
    int comma = place.indexOf(',');
    long offset = number(place.substring(0, comma));
    long length = Math.min(number(place.substring(comma + 1)), MOST_BYTES);
    if (offset >= document.length()) {
      return "l";
    }
    int end = (int) Math.min(document.length(), offset + length);
    return (end == document.length() ? "l" : "m") + document.substring((int) offset, end);
  }

  /** {@code Hg} and {@code Hc} with a thread; 0 and -1 mean any. */
  private String choose(String packet) {
    String id = packet.substring(2);
    if (id.equals("0") || id.equals("-1")) {
      return OK;
    }
    Optional<TargetThread> thread = target.thread(number(id));
    thread.filter(each -> packet.charAt(1) == 'g').ifPresent(each -> current = each);
    return thread.isPresent() ? OK : INVALID;
  }

  private String register(String packet) {
    long number = number(packet.substring(1));
    return number < registers.count() ? registers.one((int) number, current.registers()) : INVALID;
  }

  /** {@code m address,length}: the bytes up to the first that is missing. */
  private String memory(String packet) {
    int comma = packet.indexOf(',');
    long address = Long.parseUnsignedLong(packet.substring(1, comma), HEX_RADIX);
    int length = (int) Math.min(number(packet.substring(comma + 1)), MOST_BYTES);
    Memory memory = current.memory();
    byte[] bytes = memory.readBytes(address, length);
    return bytes.length == 0 && length > 0 ? NO_MEMORY : HexFormat.of().formatHex(bytes);
  }

  /** A number that is not negative. */
  private static long number(String text) {
    long value = Long.parseUnsignedLong(text, HEX_RADIX);
    if (value < 0) {
      throw new NumberFormatException("too large");
    }
    return value;
  }
}
