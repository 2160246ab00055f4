package io.nestwalk.image.raw;

import io.nestwalk.image.ImageFile;
import java.nio.charset.StandardCharsets;

/** The small text that stands in a Git checkout where a large file was not fetched. */
final class GitLfsPointer {

  static final String EXPLANATION =
      "a Git LFS pointer, not the dump itself; fetch it with \"git lfs pull\"";

  private static final byte[] SIGNATURE =
      "version https://git-lfs".getBytes(StandardCharsets.US_ASCII);

  private GitLfsPointer() {}

  static boolean matches(ImageFile file) {
    return file.startsWith(0, SIGNATURE);
  }
}
