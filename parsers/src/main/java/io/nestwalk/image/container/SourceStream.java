package io.nestwalk.image.container;

import io.nestwalk.image.Progress;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/**
 * The packed file's bytes as they stand on disk. Remembers a failure to read them, which is not the
 * same as damaged content, and reports progress.
 */
final class SourceStream extends FilterInputStream {

  private static final long REPORT_EVERY = 1 << 20;

  private final Progress progress;
  private final long length;
  private long done;
  private long reported;
  private IOException failure;

  SourceStream(InputStream file, long length, Progress progress) {
    super(file);
    this.length = length;
    this.progress = progress;
  }

  /** The error that the file system gave, or null. */
  IOException failure() {
    return failure;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : Byte.toUnsignedInt(one[0]);
  }

  @Override
  public int read(byte[] target, int offset, int count) throws IOException {
    try {
      int read = super.read(target, offset, count);
      advance(Math.max(read, 0));
      return read;
    } catch (IOException e) {
      failure = e;
      throw e;
    }
  }

  @Override
  public long skip(long count) throws IOException {
    long skipped = super.skip(count);
    advance(skipped);
    return skipped;
  }

  private void advance(long count) {
    done += count;
    if (done - reported >= REPORT_EVERY || done == length) {
      reported = done;
      progress.advanced("unpacking", done, length);
    }
  }
}
