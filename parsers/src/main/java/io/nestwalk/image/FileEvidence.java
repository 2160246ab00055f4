package io.nestwalk.image;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** A file of this machine, read by ranges: for what is read once instead of being mapped. */
public final class FileEvidence implements Evidence, Closeable {

  private final FileChannel channel;
  private final String name;
  private final String identity;
  private final long length;

  private FileEvidence(FileChannel channel, String name, String identity, long length) {
    this.channel = channel;
    this.name = name;
    this.identity = identity;
    this.length = length;
  }

  /**
   * Opens a file. It is told from others by its real path and the time of its last change.
   *
   * @throws IOException when it can't be read
   */
  public static FileEvidence open(Path file) throws IOException {
    Path real = file.toRealPath();
    String identity = real + "\0" + Files.getLastModifiedTime(real);
    FileChannel channel = FileChannel.open(real, StandardOpenOption.READ);
    try {
      return new FileEvidence(channel, file.toString(), identity, channel.size());
    } catch (IOException e) {
      channel.close();
      throw e;
    }
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
    return length;
  }

  @Override
  public int read(long position, byte[] target, int offset, int count) throws IOException {
    return channel.read(ByteBuffer.wrap(target, offset, count), position);
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      // Nothing was written: there is nothing to lose.
    }
  }
}
