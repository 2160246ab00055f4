package io.nestwalk.image.container;

import io.nestwalk.image.Evidence;
import io.nestwalk.image.FileEvidence;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;

/** Tells one packed file's content from another's without reading all of it. */
final class CacheKey {

  /** Changes when what is stored for the same file would differ: old entries then age away. */
  private static final String LAYOUT = "2";

  private static final int EDGE = 64 * 1024;
  private static final int DIGITS = 40;

  private CacheKey() {}

  /** The key of files that are one when they are put together. */
  static String of(List<Path> parts) throws IOException {
    MessageDigest digest = digest();
    for (Path part : parts) {
      try (FileEvidence file = FileEvidence.open(part)) {
        digest.update(of(file, "part").getBytes(StandardCharsets.US_ASCII));
      }
    }
    return text(digest);
  }

  private static MessageDigest digest() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  private static String text(MessageDigest digest) {
    return HexFormat.of().formatHex(digest.digest()).substring(0, DIGITS);
  }

  /**
   * The key: of what the evidence says it is, size, the bytes at both ends, and what the choice of
   * a member depends on.
   */
  static String of(Evidence evidence, String choice) throws IOException {
    MessageDigest digest = digest();
    long size = evidence.length();
    String identity = String.join("\0", LAYOUT, evidence.identity(), Long.toString(size), choice);
    digest.update(identity.getBytes(StandardCharsets.UTF_8));
    digest.update(read(evidence, 0));
    digest.update(read(evidence, Math.max(0, size - EDGE)));
    return text(digest);
  }

  private static ByteBuffer read(Evidence evidence, long offset) throws IOException {
    byte[] bytes = new byte[EDGE];
    int done = 0;
    int count = 0;
    while (done < EDGE && count >= 0) {
      count = evidence.read(offset + done, bytes, done, EDGE - done);
      done += Math.max(0, count);
    }
    return ByteBuffer.wrap(bytes, 0, done);
  }
}
