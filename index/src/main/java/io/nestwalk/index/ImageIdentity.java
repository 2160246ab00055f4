package io.nestwalk.index;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nestwalk.image.Progress;
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
import java.util.stream.Stream;

/**
 * What tells an image from another, cheaply: where it lies, how large it is, when it was changed
 * last, and a digest of some of its bytes. The digest of all of them takes as long as reading them;
 * it is made once, by {@link #sha256}.
 *
 * @param path where the image lies, absolute
 * @param bytes its size; of a folder, of all files in it
 * @param modified when it was last changed, in the file system's own words
 * @param sample digest of bytes from all over the image
 */
public record ImageIdentity(String path, long bytes, String modified, String sample) {

  private static final int SPOTS = 32;
  private static final int SPOT_BYTES = 1 << 14;
  private static final int BLOCK = 1 << 20;

  /** The identity of an image as it is now. */
  public static ImageIdentity of(Path image) throws IOException {
    MessageDigest digest = digest();
    StringBuilder modified = new StringBuilder();
    long bytes = 0;
    for (Path file : files(image)) {
      bytes += Files.size(file);
      modified.append(modified.isEmpty() ? "" : " ").append(Files.getLastModifiedTime(file));
      digest.update(file.getFileName().toString().getBytes(StandardCharsets.UTF_8));
      sample(file, digest);
    }
    return new ImageIdentity(
        image.toRealPath().toString(), bytes, modified.toString(), hex(digest));
  }

  /** The SHA-256 of an image as it lies on disk; of a folder, of its files one after the other. */
  public static String sha256(Path image, Progress progress) throws IOException {
    MessageDigest digest = digest();
    List<Path> files = files(image);
    long total = 0;
    for (Path file : files) {
      total += Files.size(file);
    }
    long done = 0;
    ByteBuffer block = ByteBuffer.allocateDirect(BLOCK);
    for (Path file : files) {
      try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
        while (channel.read(block.clear()) >= 0) {
          done += block.flip().remaining();
          digest.update(block);
          progress.advanced("hash", done, total);
        }
      }
    }
    return hex(digest);
  }

  private static List<Path> files(Path image) throws IOException {
    if (!Files.isDirectory(image)) {
      return List.of(image);
    }
    try (Stream<Path> files = Files.list(image)) {
      return files.filter(Files::isRegularFile).sorted().toList();
    }
  }

  private static void sample(Path file, MessageDigest digest) throws IOException {
    ByteBuffer block = ByteBuffer.allocate(SPOT_BYTES);
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      long last = Math.max(0, channel.size() - SPOT_BYTES);
      for (int spot = 0; spot < SPOTS; spot++) {
        channel.read(block.clear(), last / (SPOTS - 1) * spot);
        digest.update(block.flip());
      }
      channel.read(block.clear(), last);
      digest.update(block.flip());
    }
  }

  private static MessageDigest digest() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  private static String hex(MessageDigest digest) {
    return HexFormat.of().formatHex(digest.digest());
  }

  void write(ObjectNode node) {
    node.put("path", path);
    node.put("bytes", bytes);
    node.put("modified", modified);
    node.put("sample", sample);
  }

  static ImageIdentity read(JsonNode node) {
    return new ImageIdentity(
        node.path("path").asText(),
        node.path("bytes").asLong(),
        node.path("modified").asText(),
        node.path("sample").asText());
  }
}
