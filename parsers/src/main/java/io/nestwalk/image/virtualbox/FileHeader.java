package io.nestwalk.image.virtualbox;

import io.nestwalk.image.ImageException;
import io.nestwalk.image.ImageFile;
import java.nio.charset.StandardCharsets;

/**
 * The header of a saved state (SSMFILEHDR).
 *
 * @param formatVersion what stands behind the V of the magic: "2.0"
 * @param productVersion VirtualBox's version; empty for format versions that are not read
 */
record FileHeader(String formatVersion, String productVersion) {

  static final int SIZE = 64;

  private static final byte[] MAGIC =
      "\u007fVirtualBox SavedState V".getBytes(StandardCharsets.ISO_8859_1);

  private static final String READ = "2.0";

  static boolean hasMagic(ImageFile file) {
    return file.startsWith(0, MAGIC);
  }

  /** Reads the header of a file that {@link #hasMagic}. */
  static FileHeader read(ImageFile file) throws ImageException {
    if (!file.holds(0, SIZE)) {
      throw new ImageException(file.name(), "a VirtualBox saved state that is cut in its header");
    }
    String version = file.textAt(MAGIC.length, 8).split("\\s", 2)[0];
    String product =
        version.equals(READ)
            ? "%d.%d.%d".formatted(file.shortAt(32), file.shortAt(34), file.intAt(36))
            : "";
    return new FileHeader(version, product);
  }

  boolean isRead() {
    return formatVersion.equals(READ);
  }

  /** Why the file is not read, when it isn't. */
  String refusal() {
    return formatVersion.startsWith("1")
        ? "a VirtualBox saved state of version %s, from before VirtualBox 3.1, which is not supported"
            .formatted(formatVersion)
        : "a VirtualBox saved state of the unknown version %s".formatted(formatVersion);
  }
}
