package io.nestwalk.fleet;

import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.HexFormat;

/**
 * An image of the fleet as its file system lists it.
 *
 * @param uri where it lies
 * @param bytes its size as it lies there
 * @param modified when it was changed last
 */
record ImageFile(String uri, long bytes, Instant modified) implements Serializable {

  private static final int DIGITS = 20;

  /**
   * What tells it from all others, in names of folders. An image that was changed is another one;
   * so is one that was moved.
   */
  String id() {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256")
              .digest("%s %d %s".formatted(uri, bytes, modified).getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(digest).substring(0, DIGITS);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
