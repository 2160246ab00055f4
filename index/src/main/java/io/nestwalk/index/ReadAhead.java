package io.nestwalk.index;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;

/**
 * The bytes of files, one behind the other, read some blocks ahead on a thread of its own: who
 * works on one block does not wait for the next. For one thread.
 */
final class ReadAhead implements AutoCloseable {

  private static final int BLOCK_BYTES = 1 << 18;
  private static final int BLOCKS = 4;
  private static final ByteBuffer END = ByteBuffer.allocate(0);

  private final BlockingQueue<ByteBuffer> free = new ArrayBlockingQueue<>(BLOCKS);
  private final BlockingQueue<ByteBuffer> filled = new ArrayBlockingQueue<>(BLOCKS + 1);
  private final Thread reader;
  private volatile Throwable failure;
  private ByteBuffer lent;

  /** Begins to read. */
  ReadAhead(List<Path> files) {
    for (int i = 0; i < BLOCKS; i++) {
      free.add(ByteBuffer.allocateDirect(BLOCK_BYTES));
    }
    reader = Thread.ofPlatform().daemon().name("read ahead").start(() -> read(files));
  }

  private void read(List<Path> files) {
    try {
      for (Path file : files) {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
          ByteBuffer block = free.take();
          while (channel.read(block.clear()) >= 0) {
            filled.add(block.flip());
            block = free.take();
          }
          free.add(block);
        }
      }
    } catch (InterruptedException e) {
      // Nobody wants the rest.
    } catch (IOException | RuntimeException | Error e) {
      failure = e;
    }
    filled.add(END);
  }

  /**
   * The next bytes, at least one; null at the end. They are valid until the next call.
   *
   * @throws IOException when a file can't be read
   */
  ByteBuffer next() throws IOException {
    if (lent != null) {
      free.add(lent);
      lent = null;
    }
    ByteBuffer block;
    try {
      block = filled.take();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw (IOException) new InterruptedIOException("interrupted").initCause(e);
    }
    if (block.hasRemaining()) {
      lent = block;
      return block;
    }
    return switch (failure) {
      case null -> null;
      case IOException e -> throw e;
      case Error e -> throw e;
      default -> throw new IOException(failure);
    };
  }

  /** Ends the reading, and returns when it has ended. */
  @Override
  public void close() {
    reader.interrupt();
    boolean interrupted = false;
    while (reader.isAlive()) {
      try {
        reader.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
