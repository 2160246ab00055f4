package io.nestwalk.index;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** A SHA-256 that is being made, by whom it is made soonest. For one thread. */
interface Sha256 extends AutoCloseable {

  /** For less the system's OpenSSL is not worth being looked for. */
  long LARGE = 256L << 20;

  /**
   * Begins one.
   *
   * @param bytes of how many it will be, about
   */
  static Sha256 of(long bytes) {
    return bytes < LARGE ? new Jdk(digest()) : OpenSsl.begin().orElseGet(() -> new Jdk(digest()));
  }

  /** The JDK's own. */
  static MessageDigest digest() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  /**
   * Takes in what is left in a block.
   *
   * @param block direct
   */
  void update(ByteBuffer block);

  /** The digest of all blocks; nothing may follow. */
  byte[] digestOfAll();

  /** The same in hexadecimal. */
  default String hex() {
    return HexFormat.of().formatHex(digestOfAll());
  }

  @Override
  void close();

  /** By the JDK. */
  record Jdk(MessageDigest digest) implements Sha256 {

    @Override
    public void update(ByteBuffer block) {
      digest.update(block);
    }

    @Override
    public byte[] digestOfAll() {
      return digest.digest();
    }

    @Override
    public void close() {
      // Holds nothing.
    }
  }
}
