package io.nestwalk.image.container;

import java.io.IOException;
import java.io.InputStream;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/** One zlib stream (RFC 1950), as LiME writes it over a whole file. */
final class ZlibMember extends BlockwiseDecoder {

  private static final int COMBINED_CHECK = 31;
  private static final int DEFLATE_WITH_32K = 0x78;
  private static final int PRESET_DICTIONARY = 0x20;

  /** Bytes that come out of a head that is no zlib stream by chance are fewer. */
  private static final int ENOUGH = 256;

  private final Inflater inflater = new Inflater();
  private int given;
  private boolean ended;

  ZlibMember(InputStream packed) {
    super(packed);
  }

  /** Whether a file with this head is one: two bytes are few, so some of it must unpack. */
  static boolean begins(byte[] head, int length) {
    if (length < 8
        || head[0] != DEFLATE_WITH_32K
        || (head[1] & PRESET_DICTIONARY) != 0
        || (DEFLATE_WITH_32K << 8 | Byte.toUnsignedInt(head[1])) % COMBINED_CHECK != 0) {
      return false;
    }
    Inflater trial = new Inflater();
    try {
      trial.setInput(head, 0, length);
      byte[] out = new byte[ENOUGH];
      int count = 0;
      int step = 1;
      while (count < ENOUGH && step > 0) {
        step = trial.inflate(out, count, ENOUGH - count);
        count += step;
      }
      return count == ENOUGH || trial.finished();
    } catch (DataFormatException e) {
      return false;
    } finally {
      trial.end();
    }
  }

  @Override
  public int read(byte[] target, int offset, int count) throws IOException {
    try {
      while (!ended) {
        int read = inflater.inflate(target, offset, count);
        if (inflater.finished()) {
          ended = true;
          giveBackBehind(given - inflater.getRemaining());
        }
        if (read > 0) {
          return read;
        }
        if (inflater.needsDictionary()) {
          throw new IOException("a zlib stream with a dictionary of its writer's");
        }
        if (!ended && inflater.needsInput()) {
          byte[] block = nextBlock();
          given = block.length;
          inflater.setInput(block);
        }
      }
      return -1;
    } catch (DataFormatException e) {
      throw new IOException(e.getMessage() == null ? "not a zlib stream" : e.getMessage(), e);
    }
  }

  @Override
  public void close() {
    inflater.end();
    ended = true;
  }
}
