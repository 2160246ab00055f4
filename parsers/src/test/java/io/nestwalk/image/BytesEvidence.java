package io.nestwalk.image;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** An image in memory. A read brings fewer bytes than are wanted, as one from far away may. */
public final class BytesEvidence implements Evidence {

  private static final int MOST_AT_ONCE = 10_000;

  private final String name;
  private final String identity;
  private final byte[] content;

  /** These bytes. */
  public BytesEvidence(String name, String identity, byte[] content) {
    this.name = name;
    this.identity = identity;
    this.content = content.clone();
  }

  /** A file's content, under the file's last name. */
  public static BytesEvidence of(Path file) throws IOException {
    return new BytesEvidence(
        "memory:/" + file.getFileName(),
        file.toAbsolutePath() + " " + Files.getLastModifiedTime(file),
        Files.readAllBytes(file));
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public String identity() {
    return identity;
  }

  @Override
  public long length() {
    return content.length;
  }

  @Override
  public int blockBytes() {
    return 1 << 14;
  }

  @Override
  public int read(long position, byte[] target, int offset, int count) {
    if (position >= content.length) {
      return -1;
    }
    int read = (int) Math.min(Math.min(count, MOST_AT_ONCE), content.length - position);
    System.arraycopy(content, (int) position, target, offset, read);
    return read;
  }
}
