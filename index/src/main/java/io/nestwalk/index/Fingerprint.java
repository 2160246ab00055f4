package io.nestwalk.index;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.zip.CRC32;
import java.util.zip.CRC32C;

/**
 * Tells contents apart as they come, not such as someone makes alike: the CRC-32 and the CRC-32C of
 * the same bytes, 64 bits. Both are instructions of the processor from the first call on, where a
 * program that has just started takes 10 ms for SHA-256 and what comes with it. For one thread.
 */
public final class Fingerprint {

  private final CRC32 one = new CRC32();
  private final CRC32C other = new CRC32C();

  /** Adds what is left of a buffer, which is read to its end. */
  public void add(ByteBuffer bytes) {
    one.update(bytes.duplicate());
    other.update(bytes);
  }

  /** Adds a text, so that two texts in a row differ from any other two. */
  public void add(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    add(bytes.length);
    add(ByteBuffer.wrap(bytes));
  }

  /** Adds a number. */
  public void add(long number) {
    add(ByteBuffer.allocate(Long.BYTES).putLong(number).flip());
  }

  /** Of all that was added, in the order in which it was: 16 hexadecimal digits. */
  public String hex() {
    return HexFormat.of().toHexDigits(one.getValue() << Integer.SIZE | other.getValue());
  }
}
