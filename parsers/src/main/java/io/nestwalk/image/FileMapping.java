package io.nestwalk.image;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** A file that is mapped as a whole, read-only. */
final class FileMapping implements AutoCloseable {

  private final FileChannel channel;
  private final Arena arena = Arena.ofShared();
  private final MappedBytes bytes;

  private FileMapping(FileChannel channel, long size) throws IOException {
    this.channel = channel;
    try {
      MemorySegment mapped = channel.map(FileChannel.MapMode.READ_ONLY, 0, size, arena);
      bytes = MappedBytes.of(mapped, ResidentBound.OF_PROCESS);
    } catch (IOException e) {
      arena.close();
      throw e;
    }
  }

  /**
   * Maps a file.
   *
   * @param name what users know it as
   * @throws ImageException when it can't be read or is empty
   */
  @SuppressWarnings("MustBeClosedChecker") // the channel is open as long as what is returned
  static FileMapping of(Path path, String name) throws ImageException {
    FileChannel channel = null;
    try {
      channel = FileChannel.open(path, StandardOpenOption.READ);
      long size = channel.size();
      if (size > 0) {
        return new FileMapping(channel, size);
      }
      close(channel);
    } catch (IOException e) {
      close(channel);
      throw ImageException.unreadable(name, e);
    }
    throw new ImageException(name, "the file is empty");
  }

  /** The file's bytes, as long as it is open. */
  MappedBytes bytes() {
    return bytes;
  }

  /** The same bytes, for who reads them without mapping them. */
  FileChannel channel() {
    return channel;
  }

  @Override
  public void close() {
    bytes.release();
    arena.close();
    close(channel);
  }

  private static void close(FileChannel channel) {
    if (channel != null) {
      try {
        channel.close();
      } catch (IOException e) {
        // Nothing was written: there is nothing to lose.
      }
    }
  }
}
