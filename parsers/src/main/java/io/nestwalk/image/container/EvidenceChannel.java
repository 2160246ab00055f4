package io.nestwalk.image.container;

import io.nestwalk.image.Evidence;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.NonWritableChannelException;
import java.nio.channels.SeekableByteChannel;

/** An {@link Evidence} as a channel, for who reads it from its start to its end. For one thread. */
final class EvidenceChannel implements SeekableByteChannel {

  /** So much is read at once at most. */
  private static final int BUFFER = 1 << 18;

  private final Evidence evidence;
  private final byte[] buffer = new byte[BUFFER];

  /** Where the bytes in the buffer stand, and how many there are. */
  private long bufferStart;

  private int buffered;
  private long position;
  private boolean closed;

  EvidenceChannel(Evidence evidence) {
    this.evidence = evidence;
  }

  @Override
  public int read(ByteBuffer target) throws IOException {
    requireOpen();
    if (position >= evidence.length()) {
      return -1;
    }
    if (!target.hasRemaining()) {
      return 0;
    }
    if (position < bufferStart || position >= bufferStart + buffered) {
      buffered = 0;
      int wanted = (int) Math.min(BUFFER, evidence.length() - position);
      int read = evidence.read(position, buffer, 0, wanted);
      if (read < 0) {
        return -1;
      }
      bufferStart = position;
      buffered = read;
    }
    int from = (int) (position - bufferStart);
    int count = Math.min(target.remaining(), buffered - from);
    target.put(buffer, from, count);
    position += count;
    return count;
  }

  @Override
  public int write(ByteBuffer source) {
    throw new NonWritableChannelException();
  }

  @Override
  public long position() {
    return position;
  }

  @Override
  public SeekableByteChannel position(long wanted) throws IOException {
    requireOpen();
    if (wanted < 0) {
      throw new IllegalArgumentException("position %d".formatted(wanted));
    }
    position = wanted;
    return this;
  }

  @Override
  public long size() {
    return evidence.length();
  }

  @Override
  public SeekableByteChannel truncate(long size) {
    throw new NonWritableChannelException();
  }

  @Override
  public boolean isOpen() {
    return !closed;
  }

  @Override
  public void close() {
    closed = true;
  }

  private void requireOpen() throws ClosedChannelException {
    if (closed) {
      throw new ClosedChannelException();
    }
  }
}
