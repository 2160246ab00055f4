package io.nestwalk.image.container;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;

/** A new file written from its start, in which pages of zeros take no place on disk. */
final class SparseFile implements Closeable {

  static final int PAGE = 4096;

  private static final int BUFFER = 1 << 20;

  /** What must stay free on the disk. */
  private static final long KEEP_FREE = 1L << 30;

  private static final long CHECK_SPACE_EVERY = 64L << 20;

  private static final byte[] ZEROS = new byte[PAGE];

  private final Path path;
  private final FileChannel channel;
  private final byte[] buffer = new byte[BUFFER];
  private int buffered;
  private long flushed;
  private long allocated;
  private long checkSpaceAt;

  SparseFile(Path path) throws WriteException {
    this.path = path;
    try {
      channel = FileChannel.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    } catch (IOException e) {
      throw new WriteException(path, e);
    }
  }

  /** The file can't be written, whatever the input is like. */
  static final class WriteException extends IOException {
    private static final long serialVersionUID = 1L;

    WriteException(String message) {
      super(message);
    }

    WriteException(Path file, IOException cause) {
      super("can't write %s: %s".formatted(file, cause.getMessage()), cause);
    }
  }

  /** Refuses what would leave too little free space on a folder's disk. */
  static void requireSpace(Path folder, long bytes) throws WriteException {
    try {
      FileStore store = Files.getFileStore(folder);
      if (bytes > store.getUsableSpace() - KEEP_FREE) {
        throw new WriteException(
            "too little free space in %s: %d MiB are needed, beside 1 GiB that is left free"
                .formatted(folder, (bytes >> 20) + 1));
      }
    } catch (WriteException e) {
      throw e;
    } catch (IOException e) {
      throw new WriteException(folder, e);
    }
  }

  /** Appends bytes. */
  void write(byte[] bytes, int offset, int count) throws WriteException {
    int done = 0;
    while (done < count) {
      int part = Math.min(count - done, BUFFER - buffered);
      System.arraycopy(bytes, offset + done, buffer, buffered, part);
      buffered += part;
      done += part;
      if (buffered == BUFFER) {
        flush();
      }
    }
  }

  /** How many bytes were appended. */
  long length() {
    return flushed + buffered;
  }

  /** How many bytes take place on disk. */
  long allocated() {
    return allocated;
  }

  /** Writes what is still buffered and gives the file its length. */
  void finish() throws WriteException {
    flush();
    try {
      if (channel.size() < flushed) {
        // The file ends with a hole: its last byte gives it its length.
        write(ByteBuffer.allocate(1), flushed - 1);
      }
    } catch (WriteException e) {
      throw e;
    } catch (IOException e) {
      throw new WriteException(path, e);
    }
  }

  /** Closes the file, whether or not it was finished. */
  @Override
  public void close() throws WriteException {
    try {
      channel.close();
    } catch (IOException e) {
      throw new WriteException(path, e);
    }
  }

  private void flush() throws WriteException {
    int start = 0;
    while (start < buffered) {
      int end = start;
      while (end < buffered && !isZero(end)) {
        end = Math.min(end + PAGE, buffered);
      }
      if (end > start) {
        write(ByteBuffer.wrap(buffer, start, end - start), flushed + start);
      }
      while (end < buffered && isZero(end)) {
        end = Math.min(end + PAGE, buffered);
      }
      start = end;
    }
    flushed += buffered;
    buffered = 0;
  }

  private boolean isZero(int at) {
    int length = Math.min(PAGE, buffered - at);
    return Arrays.equals(buffer, at, at + length, ZEROS, 0, length);
  }

  private void write(ByteBuffer bytes, long position) throws WriteException {
    allocated += bytes.remaining();
    if (allocated > checkSpaceAt) {
      requireSpace(path.getParent(), CHECK_SPACE_EVERY);
      checkSpaceAt = allocated + CHECK_SPACE_EVERY;
    }
    try {
      long at = position;
      while (bytes.hasRemaining()) {
        at += channel.write(bytes, at);
      }
    } catch (IOException e) {
      throw new WriteException(path, e);
    }
  }
}
