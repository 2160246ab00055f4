package io.nestwalk.image.container;

import com.github.luben.zstd.Zstd;
import io.airlift.compress.v3.lzo.LzopHadoopStreams;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import org.apache.commons.compress.compressors.bzip2.BZip2CompressorInputStream;
import org.apache.commons.compress.compressors.gzip.GzipCompressorInputStream;
import org.apache.commons.compress.compressors.lz4.FramedLZ4CompressorInputStream;

/** Opens the libraries' decoders, with their use of memory bounded. */
final class Decoders {

  /** The windows that zstd can be told to allow; 2^31 bytes is the most. */
  private static final int MIN_WINDOW_LOG = 10;

  private static final int MAX_WINDOW_LOG = 31;

  private static final long HEAP = Runtime.getRuntime().maxMemory();

  private static final int BUFFER = 1 << 16;

  /** The longest header of a zstd frame, with its magic. */
  private static final int ZSTD_HEADER = 18;

  private Decoders() {}

  /** The packed bytes, read in large pieces and with support for mark. */
  static InputStream buffered(InputStream packed) {
    return new BufferedInputStream(packed, BUFFER);
  }

  /**
   * How many bytes the packed data say that they unpack to, at least; 0 where they say nothing.
   *
   * @param packed supports mark; is left where it was
   */
  static long claimedSize(Packing packing, InputStream packed) throws IOException {
    if (packing != Packing.ZSTD) {
      return 0;
    }
    packed.mark(ZSTD_HEADER);
    byte[] header = packed.readNBytes(ZSTD_HEADER);
    packed.reset();
    return Math.max(0, Zstd.getFrameContentSize(header));
  }

  /**
   * The most that xz or 7z may use to decode, in KiB: not so much that a file's claim could exhaust
   * the heap. "xz -9" needs 65 MiB.
   */
  static int maxHeapKib(long maxBytes) {
    return Math.clamp(Math.min(maxBytes, HEAP / 3) / 1024, 1, Integer.MAX_VALUE);
  }

  /** The largest zstd window that takes no more, as a power of two: zstd's long mode needs 27. */
  static int maxWindowLog(long maxBytes) {
    return Math.clamp(
        Long.SIZE - 1 - Long.numberOfLeadingZeros(maxBytes), MIN_WINDOW_LOG, MAX_WINDOW_LOG);
  }

  /**
   * A decoder for a packing that is no archive; frames or members that follow are joined.
   *
   * @param in supports mark
   * @param maxBytes the most memory that the decoder may use
   */
  static InputStream open(Packing packing, InputStream in, long maxBytes) throws IOException {
    try {
      return switch (packing) {
        case LIBVIRT -> LibvirtSave.open(in, maxBytes);
        case LZOP -> new LzopHadoopStreams().createInputStream(in);
        case ZIP, SEVEN_ZIP, TAR -> throw new IllegalArgumentException("an archive: " + packing);
        case ZSTD -> new Members(packing, in, new ZstdFrames(maxWindowLog(maxBytes)));
        default -> new Members(packing, in, packed -> member(packing, packed, maxBytes));
      };
    } catch (RuntimeException e) {
      throw new IOException(e.toString(), e);
    }
  }

  private static InputStream member(Packing packing, InputStream packed, long maxBytes)
      throws IOException {
    return switch (packing) {
      case XZ -> XzMember.open(packed, maxHeapKib(maxBytes));
      case GZIP -> GzipCompressorInputStream.builder().setInputStream(packed).get();
      case BZIP2 -> new BZip2CompressorInputStream(packed);
      case LZ4 -> new FramedLZ4CompressorInputStream(packed);
      case LZ4_LEGACY -> new LegacyLz4Member(packed);
      case ZLIB -> new ZlibMember(packed);
      case ZSTD, LIBVIRT, LZOP, ZIP, SEVEN_ZIP, TAR ->
          throw new IllegalArgumentException("no member of its own: " + packing);
    };
  }
}
