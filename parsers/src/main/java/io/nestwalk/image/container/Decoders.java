package io.nestwalk.image.container;

import com.github.luben.zstd.ZstdInputStreamNoFinalizer;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import org.apache.commons.compress.compressors.bzip2.BZip2CompressorInputStream;
import org.apache.commons.compress.compressors.gzip.GzipCompressorInputStream;
import org.apache.commons.compress.compressors.lz4.FramedLZ4CompressorInputStream;
import org.tukaani.xz.XZInputStream;

/** Opens the libraries' decoders, with their use of memory bounded. */
final class Decoders {

  /** The most that xz or 7z may use to decode, in KiB; "xz -9" needs 65 MiB. */
  static final int MAX_MEMORY_KIB = 1 << 20;

  /** The largest zstd window: what "zstd --long" gives, 128 MiB. */
  private static final int MAX_WINDOW_LOG = 27;

  private static final int BUFFER = 1 << 16;

  private Decoders() {}

  /** A decoder for a packing that is no archive; frames or members that follow are joined. */
  static InputStream open(Packing packing, InputStream packed) throws IOException {
    InputStream in = new BufferedInputStream(packed, BUFFER);
    try {
      return switch (packing) {
        case ZSTD -> new ZstdInputStreamNoFinalizer(in).setLongMax(MAX_WINDOW_LOG);
        case XZ -> new XZInputStream(in, MAX_MEMORY_KIB);
        case GZIP ->
            GzipCompressorInputStream.builder()
                .setInputStream(in)
                .setDecompressConcatenated(true)
                .get();
        case BZIP2 -> new BZip2CompressorInputStream(in, true);
        case LZ4 -> new FramedLZ4CompressorInputStream(in, true);
        case ZIP, SEVEN_ZIP, TAR -> throw new IllegalArgumentException("an archive: " + packing);
      };
    } catch (RuntimeException e) {
      throw new IOException(e.toString(), e);
    }
  }
}
