package io.nestwalk.image.kdump;

import com.github.luben.zstd.Zstd;
import io.airlift.compress.v3.lzo.LzoDecompressor;
import io.airlift.compress.v3.snappy.SnappyJavaDecompressor;
import io.nestwalk.image.ImageException;
import io.nestwalk.image.PiecedFile;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/** How a page is packed: the flags of its descriptor. */
enum Packing {
  NONE(0),
  ZLIB(0x01),
  LZO(0x02),
  SNAPPY(0x04),
  ZSTD(0x20);

  private static final long ALL = 0x27;

  private final long flag;

  Packing(long flag) {
    this.flag = flag;
  }

  /** The packing that the flags at that place name. */
  static Packing of(PiecedFile file, long position) throws ImageException {
    long flags = file.intAt(position) & ALL;
    for (Packing packing : values()) {
      if (packing.flag == flags) {
        return packing;
      }
    }
    throw new ImageException(
        file.name(), "at 0x%x: the packing 0x%x is not known".formatted(position, flags));
  }

  /**
   * Unpacks a page.
   *
   * @return how many bytes came out, or -1 when the data are damaged
   */
  int unpack(byte[] packed, byte[] page) {
    try {
      return switch (this) {
        case NONE -> {
          System.arraycopy(packed, 0, page, 0, Math.min(packed.length, page.length));
          yield packed.length;
        }
        case ZLIB -> inflate(packed, page);
        case LZO ->
            new LzoDecompressor().decompress(packed, 0, packed.length, page, 0, page.length);
        case SNAPPY ->
            new SnappyJavaDecompressor().decompress(packed, 0, packed.length, page, 0, page.length);
        case ZSTD -> {
          long size = Zstd.decompress(page, packed);
          yield Zstd.isError(size) ? -1 : (int) size;
        }
      };
    } catch (RuntimeException e) {
      // The decoders' ways to say that their input is damaged are many.
      return -1;
    }
  }

  private static int inflate(byte[] packed, byte[] page) {
    Inflater inflater = new Inflater();
    try {
      inflater.setInput(packed);
      int size = 0;
      int more;
      while (size < page.length && (more = inflater.inflate(page, size, page.length - size)) > 0) {
        size += more;
      }
      return size;
    } catch (DataFormatException e) {
      return -1;
    } finally {
      inflater.end();
    }
  }
}
