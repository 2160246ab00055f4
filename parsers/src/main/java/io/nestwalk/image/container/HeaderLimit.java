package io.nestwalk.image.container;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/**
 * The bytes of an archive, limited while a member's header is read: the libraries read names and
 * other attributes into memory at whatever length the archive gives.
 */
final class HeaderLimit extends FilterInputStream {

  private static final long MAX_HEADER = 16 << 20;

  private boolean inHeader;
  private long used;

  HeaderLimit(InputStream in) {
    super(in);
  }

  /** What is read from now on is a header. */
  void beginHeader() {
    inHeader = true;
    used = 0;
  }

  /** What is read from now on is content. */
  void endHeader() {
    inHeader = false;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : Byte.toUnsignedInt(one[0]);
  }

  @Override
  public int read(byte[] target, int offset, int count) throws IOException {
    int read = super.read(target, offset, count);
    if (inHeader && read > 0) {
      used += read;
      if (used > MAX_HEADER) {
        throw new IOException("a member's header of more than %d bytes".formatted(MAX_HEADER));
      }
    }
    return read;
  }

  @Override
  public long skip(long count) throws IOException {
    // Through read(), so that it counts.
    return count <= 0 ? 0 : Math.max(0, read(new byte[(int) Math.min(count, 4096)]));
  }
}
