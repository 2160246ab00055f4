package io.nestwalk.gdb;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/**
 * Packets of the protocol: {@code $content#checksum}, acknowledged until both sides agree not to.
 */
final class PacketStream {

  /** The most that a packet may hold, both ways. */
  static final int MAX_CONTENT = 0x4000;

  private static final int INTERRUPT = 3;
  private static final int ESCAPE = '}';
  private static final int ESCAPED = 0x20;
  private static final int HEX_RADIX = 16;

  private final InputStream in;
  private final OutputStream out;
  private boolean acknowledging = true;

  PacketStream(InputStream in, OutputStream out) {
    this.in = in;
    this.out = out;
  }

  /** Packets are acknowledged no more. */
  void stopAcknowledging() {
    acknowledging = false;
  }

  /**
   * The next packet's content.
   *
   * @return null when the other side has ended
   * @throws IOException when what comes is not the protocol, or a packet is too long
   */
  String next() throws IOException {
    while (true) {
      int c = in.read();
      switch (c) {
        case -1 -> {
          return null;
        }
        case '$' -> {
          String content = content();
          if (content != null) {
            return content;
          }
        }
        case '+', '-', INTERRUPT -> {
          // Nothing is sent again and nothing runs that could be interrupted.
        }
        default -> throw new IOException("not GDB's protocol");
      }
    }
  }

  /** The content after the dollar; null when its checksum is wrong. */
  private String content() throws IOException {
    StringBuilder content = new StringBuilder();
    int sum = 0;
    for (int c = required(); c != '#'; c = required()) {
      if (content.length() == MAX_CONTENT) {
        throw new IOException("a packet of more than %d bytes".formatted(MAX_CONTENT));
      }
      sum += c;
      if (c == ESCAPE) {
        int next = required();
        sum += next;
        c = next ^ ESCAPED;
      }
      content.append((char) c);
    }
    int high = Character.digit(required(), HEX_RADIX);
    int low = Character.digit(required(), HEX_RADIX);
    boolean right = high >= 0 && low >= 0 && (sum & 0xff) == (high << 4 | low);
    if (acknowledging) {
      out.write(right ? '+' : '-');
      out.flush();
    }
    return right || !acknowledging ? content.toString() : null;
  }

  private int required() throws IOException {
    int c = in.read();
    if (c < 0) {
      throw new IOException("a packet that ends before its end");
    }
    return c;
  }

  /** Sends a packet; letters that frame one, or that mean repetition, are escaped. */
  void send(String content) throws IOException {
    ByteArrayOutputStream packet = new ByteArrayOutputStream(content.length() + 8);
    int sum = 0;
    for (byte b : content.getBytes(StandardCharsets.ISO_8859_1)) {
      int c = b & 0xff;
      if (c == '#' || c == '$' || c == '*' || c == ESCAPE) {
        packet.write(ESCAPE);
        sum += ESCAPE;
        c ^= ESCAPED;
      }
      packet.write(c);
      sum += c;
    }
    out.write('$');
    packet.writeTo(out);
    out.write("#%02x".formatted(sum & 0xff).getBytes(StandardCharsets.US_ASCII));
    out.flush();
  }
}
