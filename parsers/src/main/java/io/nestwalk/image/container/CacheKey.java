package io.nestwalk.image.container;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;

/** Tells one packed file's content from another's without reading all of it. */
final class CacheKey {

  /** Changes when what is stored for the same file would differ: old entries then age away. */
  private static final String LAYOUT = "1";

  private static final int EDGE = 64 * 1024;
  private static final int DIGITS = 40;

  private CacheKey() {}

  /** The key of files that are one when they are put together. */
  static String of(List<Path> parts) throws IOException {
    MessageDigest digest = digest();
    for (Path part : parts) {
      digest.update(of(part, "part").getBytes(StandardCharsets.US_ASCII));
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
   * The key: of path, size, time of change, the bytes at both ends, and what the choice of a member
   * depends on.
   */
  static String of(Path file, String choice) throws IOException {
    MessageDigest digest = digest();
    Path real = file.toRealPath();
    try (FileChannel channel = FileChannel.open(real, StandardOpenOption.READ)) {
      long size = channel.size();
      String identity =
          String.join(
              "\0",
              LAYOUT,
              real.toString(),
              Long.toString(size),
              Files.getLastModifiedTime(real).toString(),
              choice);
      digest.update(identity.getBytes(StandardCharsets.UTF_8));
      digest.update(read(channel, 0));
      digest.update(read(channel, Math.max(0, size - EDGE)));
    }
    return text(digest);
  }

  private static ByteBuffer read(FileChannel channel, long offset) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(EDGE);
    long at = offset;
    while (bytes.hasRemaining()) {
      int count = channel.read(bytes, at);
      if (count < 0) {
        break;
      }
      at += count;
    }
    return bytes.flip();
  }
}
