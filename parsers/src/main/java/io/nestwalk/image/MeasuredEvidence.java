package io.nestwalk.image;

import java.io.IOException;
import java.util.concurrent.atomic.AtomicLong;

/** Evidence that counts what is read of it. */
public final class MeasuredEvidence implements Evidence {

  private final Evidence source;
  private final AtomicLong bytes = new AtomicLong();
  private final AtomicLong requests = new AtomicLong();

  /**
   * Sets up.
   *
   * @param source where the bytes come from
   */
  public MeasuredEvidence(Evidence source) {
    this.source = source;
  }

  /** How many bytes were read so far; those that were read twice count twice. */
  public long bytesRead() {
    return bytes.get();
  }

  /** How many times something was asked for so far. */
  public long requests() {
    return requests.get();
  }

  @Override
  public String name() {
    return source.name();
  }

  @Override
  public String identity() {
    return source.identity();
  }

  @Override
  public long length() {
    return source.length();
  }

  @Override
  public int blockBytes() {
    return source.blockBytes();
  }

  @Override
  public int read(long position, byte[] target, int offset, int count) throws IOException {
    requests.incrementAndGet();
    int read = source.read(position, target, offset, count);
    bytes.addAndGet(Math.max(0, read));
    return read;
  }
}
