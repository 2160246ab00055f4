package io.nestwalk.index;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nestwalk.image.Evidence;
import io.nestwalk.image.Progress;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Consumer;

/**
 * What tells an image from another, cheaply: where it lies, how large it is, when it was changed
 * last, and a fingerprint of some of its bytes. The digest of all of them takes as long as reading
 * them; it is made once, by {@link #sha256}.
 *
 * @param path where the image lies, absolute
 * @param bytes its size; of several files, that of all
 * @param modified when it was last changed, in the file system's own words
 * @param sample {@link Fingerprint} of bytes from all over the image, whatever its name
 */
public record ImageIdentity(String path, long bytes, String modified, String sample) {

  private static final int SPOTS = 32;
  private static final int SPOT_BYTES = 1 << 12;

  /** Of a SHA-256. */
  private static final int DIGEST_DIGITS = 64;

  /**
   * The identity of an image as it is now.
   *
   * @param image what the user named
   * @param files what it is read from, in that order
   */
  public static ImageIdentity of(Path image, List<Path> files) throws IOException {
    Fingerprint sample = new Fingerprint();
    StringBuilder modified = new StringBuilder();
    long bytes = 0;
    for (Path file : files) {
      bytes += Files.size(file);
      modified.append(modified.isEmpty() ? "" : " ").append(Files.getLastModifiedTime(file));
      sample(file, sample::add);
    }
    return new ImageIdentity(
        image.toRealPath().toString(), bytes, modified.toString(), sample.hex());
  }

  /** The identity of an image that is no file: what its evidence says, and none of its bytes. */
  public static ImageIdentity of(Evidence evidence) {
    return new ImageIdentity(evidence.name(), evidence.length(), evidence.identity(), "");
  }

  /** The SHA-256 of an image's files as they lie on disk, one after the other. */
  public static String sha256(List<Path> files, Progress progress) throws IOException {
    MessageDigest digest = digest();
    long total = 0;
    for (Path file : files) {
      total += Files.size(file);
    }
    long done = 0;
    // To digest a block takes several times as long as to read it: neither waits for the other.
    try (ReadAhead blocks = new ReadAhead(files)) {
      for (ByteBuffer block = blocks.next(); block != null; block = blocks.next()) {
        done += block.remaining();
        digest.update(block);
        progress.advanced("hash", done, total);
      }
    }
    return hex(digest);
  }

  /** The SHA-256 of bytes, in hexadecimal. */
  public static String sha256(byte[] bytes) {
    MessageDigest digest = digest();
    digest.update(bytes);
    return hex(digest);
  }

  private static void sample(Path file, Consumer<ByteBuffer> sample) throws IOException {
    ByteBuffer block = ByteBuffer.allocate(SPOT_BYTES);
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      long last = Math.max(0, channel.size() - SPOT_BYTES);
      for (int spot = 0; spot < SPOTS; spot++) {
        channel.read(block.clear(), last / (SPOTS - 1) * spot);
        sample.accept(block.flip());
      }
      channel.read(block.clear(), last);
      sample.accept(block.flip());
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

  /** Whether an image has this one's size and content, as far as that is cheap to tell. */
  public boolean isAlike(ImageIdentity other) {
    return bytes == other.bytes && (sample.equals(other.sample) || isAsDigested(other));
  }

  /**
   * Whether the other's sample is one of an earlier build, the SHA-256 of the same bytes, and the
   * image still holds what it was made of: asked of images in one file.
   */
  private boolean isAsDigested(ImageIdentity other) {
    boolean isFile = !sample.isEmpty() && Files.isRegularFile(Path.of(path));
    if (!isFile || other.sample.length() != DIGEST_DIGITS) {
      return false;
    }
    MessageDigest digest = digest();
    try {
      sample(Path.of(path), digest::update);
    } catch (IOException e) {
      return false; // It can't be told any more.
    }
    return hex(digest).equals(other.sample);
  }

  /** Whether it was not written to since either; it may lie elsewhere. */
  boolean isSame(ImageIdentity other) {
    return isAlike(other) && modified.equals(other.modified);
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
