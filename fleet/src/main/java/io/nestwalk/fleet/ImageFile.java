package io.nestwalk.fleet;

import io.nestwalk.index.ImageIdentity;
import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.time.Instant;

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
    return ImageIdentity.sha256(
            "%s %d %s".formatted(uri, bytes, modified).getBytes(StandardCharsets.UTF_8))
        .substring(0, DIGITS);
  }
}
