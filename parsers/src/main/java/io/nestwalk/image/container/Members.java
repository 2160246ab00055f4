package io.nestwalk.image.container;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;

/**
 * The members or frames of a packed file one after the other, each undone by itself. Zeros between
 * and behind them are padding (of tapes, disk sectors, downloads) and skipped; anything else behind
 * the last member is left alone and told of.
 */
final class Members extends InputStream {

  private static final int BLOCK = 4096;

  private static final int SKIPPABLE_HEADER = 8;

  /** Starts to undo one member. */
  @FunctionalInterface
  interface Opener {
    /**
     * The member that begins where {@code packed} stands. At its end it leaves {@code packed} right
     * behind the member, for which it may use mark and reset.
     */
    InputStream open(InputStream packed) throws IOException;

    /** Gives back what all members shared. */
    default void close() {}
  }

  private final Packing packing;
  private final InputStream file;

  /** The file, which a member that is closed leaves open. */
  private final InputStream packed;

  private final Opener opener;
  private InputStream member;
  private boolean ended;
  private long rest;

  /**
   * Begins with the first member.
   *
   * @param packed supports mark
   */
  Members(Packing packing, InputStream packed, Opener opener) throws IOException {
    this.packing = packing;
    file = packed;
    this.packed =
        new FilterInputStream(packed) {
          @Override
          public void close() {
            // The next member is to be read from it.
          }
        };
    this.opener = opener;
    skipFrames();
    member = opener.open(this.packed);
  }

  /** How many bytes behind the last member are none; known once the end was read. */
  long rest() {
    return rest;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) <= 0 ? -1 : Byte.toUnsignedInt(one[0]);
  }

  @Override
  public int read(byte[] target, int offset, int count) throws IOException {
    if (count == 0) {
      return 0;
    }
    while (!ended) {
      int read = member.read(target, offset, count);
      if (read > 0) {
        return read;
      }
      if (read < 0) {
        next();
      }
    }
    return -1;
  }

  /** Goes on to the member that follows, or to the end. */
  private void next() throws IOException {
    member.close();
    skipZeros();
    skipFrames();
    byte[] head = head(Packing.HEAD);
    Optional<Packing> following = Packing.of(head, head.length);
    if (following.isPresent() && following.get() == packing) {
      member = opener.open(packed);
      return;
    }
    ended = true;
    rest = drain();
  }

  private void skipZeros() throws IOException {
    while (true) {
      byte[] block = head(BLOCK);
      int zeros = 0;
      while (zeros < block.length && block[zeros] == 0) {
        zeros++;
      }
      packed.skipNBytes(zeros);
      if (zeros < BLOCK) {
        return;
      }
    }
  }

  /** Skips frames with notes of the packer's, which zstd and lz4 have alike. */
  private void skipFrames() throws IOException {
    while (packing == Packing.ZSTD || packing == Packing.LZ4) {
      byte[] head = head(SKIPPABLE_HEADER);
      if (head.length < SKIPPABLE_HEADER || !Packing.isSkippableFrame(head, head.length)) {
        return;
      }
      long length = 0;
      for (int i = SKIPPABLE_HEADER - 1; i >= Integer.BYTES; i--) {
        length = length << 8 | Byte.toUnsignedInt(head[i]);
      }
      packed.skipNBytes(SKIPPABLE_HEADER + length);
    }
  }

  /** The bytes that follow, which stay unread. */
  private byte[] head(int count) throws IOException {
    packed.mark(count);
    byte[] head = packed.readNBytes(count);
    packed.reset();
    return head;
  }

  private long drain() throws IOException {
    byte[] block = new byte[BLOCK];
    long drained = 0;
    int count;
    while ((count = packed.read(block, 0, block.length)) >= 0) {
      drained += count;
    }
    return drained;
  }

  @Override
  public void close() throws IOException {
    member.close();
    opener.close();
    file.close();
  }
}
