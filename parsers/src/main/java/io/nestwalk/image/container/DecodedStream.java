package io.nestwalk.image.container;

import java.io.IOException;
import java.io.InputStream;

/**
 * What comes out of a decoder, with its first bytes read ahead so that its kind can be seen.
 *
 * <p>Hostile input makes decoders throw all sorts of unchecked exceptions; here they become {@link
 * IOException}. A failure is kept back until the bytes before it were read, and stays.
 */
final class DecodedStream extends InputStream {

  /** What a decoder gave out in a read that ends in an exception is lost: so reads are small. */
  private static final int CHUNK = 4096;

  private final InputStream decoder;
  private final Budget budget;
  private final byte[] head;
  private final int headLength;
  private int headPosition;
  private IOException failure;

  /** Reads up to {@code headSize} bytes ahead. */
  DecodedStream(InputStream decoder, Budget budget, int headSize) {
    this.decoder = decoder;
    this.budget = budget;
    head = new byte[headSize];
    int length = 0;
    try {
      int count;
      while (length < headSize && (count = readDecoder(head, length, headSize - length)) > 0) {
        length += count;
      }
    } catch (IOException e) {
      failure = e;
    }
    headLength = length;
  }

  /** The bytes read ahead; only the first {@link #headLength} count. */
  byte[] head() {
    return head;
  }

  /** How many bytes were read ahead. */
  int headLength() {
    return headLength;
  }

  /** Why not even one byte came out, or null. */
  IOException failureAtStart() {
    return headLength == 0 ? failure : null;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) <= 0 ? -1 : Byte.toUnsignedInt(one[0]);
  }

  @Override
  public int read(byte[] target, int offset, int count) throws IOException {
    if (headPosition < headLength) {
      int fromHead = Math.min(count, headLength - headPosition);
      System.arraycopy(head, headPosition, target, offset, fromHead);
      headPosition += fromHead;
      return fromHead;
    }
    if (failure != null) {
      throw failure;
    }
    try {
      return readDecoder(target, offset, count);
    } catch (IOException e) {
      failure = e;
      throw e;
    }
  }

  private int readDecoder(byte[] target, int offset, int count) throws IOException {
    try {
      int read = decoder.read(target, offset, Math.min(count, CHUNK));
      budget.take(Math.max(read, 0));
      return read;
    } catch (RuntimeException e) {
      throw new IOException(e.toString(), e);
    }
  }
}
