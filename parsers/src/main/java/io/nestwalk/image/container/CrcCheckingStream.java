package io.nestwalk.image.container;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.zip.CRC32;

/** A zip member that fails at its end when its checksum is not the one in the directory. */
final class CrcCheckingStream extends FilterInputStream {

  private final long expected;
  private final CRC32 actual = new CRC32();

  /** Takes the expected CRC-32, or a negative value where there is none. */
  CrcCheckingStream(InputStream in, long expected) {
    super(in);
    this.expected = expected;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : Byte.toUnsignedInt(one[0]);
  }

  @Override
  public int read(byte[] target, int offset, int count) throws IOException {
    int read = super.read(target, offset, count);
    if (read > 0) {
      actual.update(target, offset, read);
    } else if (read < 0 && expected >= 0 && expected != actual.getValue()) {
      throw new IOException("checksum 0x%x instead of 0x%x".formatted(actual.getValue(), expected));
    }
    return read;
  }
}
