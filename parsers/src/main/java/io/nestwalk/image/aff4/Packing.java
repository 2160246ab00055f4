package io.nestwalk.image.aff4;

import io.airlift.compress.v3.lz4.Lz4JavaDecompressor;
import io.airlift.compress.v3.snappy.SnappyJavaDecompressor;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Locale;
import java.util.Optional;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import org.apache.commons.compress.compressors.lz4.FramedLZ4CompressorInputStream;

/** The ways in which chunks are packed, each known by its name in the standard. */
enum Packing {
  STORED,
  ZLIB,
  DEFLATE,
  SNAPPY,
  LZ4;

  private static final int LZ4_FRAME = 0x184d2204;

  /** The packing of that name; empty when it is not known. */
  static Optional<Packing> of(String uri) {
    String name = uri.toLowerCase(Locale.ROOT);
    if (name.contains("rfc1950")) {
      return Optional.of(ZLIB);
    }
    if (name.contains("rfc1951")) {
      return Optional.of(DEFLATE);
    }
    if (name.contains("snappy")) {
      return Optional.of(SNAPPY);
    }
    if (name.contains("lz4")) {
      return Optional.of(LZ4);
    }
    return name.endsWith("nullcompressor") || name.endsWith("stored")
        ? Optional.of(STORED)
        : Optional.empty();
  }

  /**
   * Unpacks a chunk.
   *
   * @return how many bytes came out
   * @throws IOException when the data are damaged or do not fit {@code target}
   */
  int unpack(byte[] packed, byte[] target) throws IOException {
    try {
      return switch (this) {
        case STORED -> {
          System.arraycopy(packed, 0, target, 0, packed.length);
          yield packed.length;
        }
        case ZLIB -> inflate(packed, target, false);
        case DEFLATE -> inflate(packed, target, true);
        case SNAPPY ->
            new SnappyJavaDecompressor()
                .decompress(packed, 0, packed.length, target, 0, target.length);
        case LZ4 ->
            isFrame(packed)
                ? frame(packed, target)
                : new Lz4JavaDecompressor()
                    .decompress(packed, 0, packed.length, target, 0, target.length);
      };
    } catch (DataFormatException | RuntimeException e) {
      throw new IOException(e.toString(), e);
    }
  }

  private static int inflate(byte[] packed, byte[] target, boolean raw) throws DataFormatException {
    Inflater inflater = new Inflater(raw);
    try {
      inflater.setInput(packed);
      int count = 0;
      int step = 1;
      while (count < target.length && step > 0) {
        step = inflater.inflate(target, count, target.length - count);
        count += step;
      }
      return count;
    } finally {
      inflater.end();
    }
  }

  private static boolean isFrame(byte[] packed) {
    int magic = 0;
    for (int i = Math.min(packed.length, Integer.BYTES) - 1; i >= 0; i--) {
      magic = magic << 8 | Byte.toUnsignedInt(packed[i]);
    }
    return magic == LZ4_FRAME;
  }

  private static int frame(byte[] packed, byte[] target) throws IOException {
    try (InputStream in =
        new FramedLZ4CompressorInputStream(new ByteArrayInputStream(packed), true)) {
      return in.readNBytes(target, 0, target.length);
    }
  }
}
