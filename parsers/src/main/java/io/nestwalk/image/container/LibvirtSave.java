package io.nestwalk.image.container;

import io.nestwalk.image.libvirt.SaveHeader;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.util.Arrays;

/**
 * A libvirt save file whose stream is packed. What comes out is the same file with the stream
 * unpacked, and a header that says so.
 */
final class LibvirtSave {

  /** XML and cookie of a large machine have some 100 KB. */
  private static final int MAX_DATA = 16 << 20;

  private LibvirtSave() {}

  /** Whether a file with this head has a stream that has to be unpacked. */
  static boolean isPacked(byte[] head, int length) {
    return SaveHeader.read(Arrays.copyOf(head, length)).filter(SaveHeader::isPacked).isPresent();
  }

  /** The unpacked file. */
  static InputStream open(InputStream packed, long maxBytes) throws IOException {
    byte[] head = packed.readNBytes(SaveHeader.SIZE);
    SaveHeader header =
        SaveHeader.read(head).orElseThrow(() -> new IOException("the header is cut"));
    if (header.dataLength() > MAX_DATA) {
      throw new IOException("%d bytes of XML".formatted(header.dataLength()));
    }
    byte[] data = packed.readNBytes((int) header.dataLength());
    Arrays.fill(
        head, SaveHeader.PACKING_OFFSET, SaveHeader.PACKING_OFFSET + Integer.BYTES, (byte) 0);
    byte[] start = Arrays.copyOf(head, head.length + data.length);
    System.arraycopy(data, 0, start, head.length, data.length);
    return new SequenceInputStream(
        new ByteArrayInputStream(start), stream(header.packing(), packed, maxBytes));
  }

  private static InputStream stream(long packing, InputStream packed, long maxBytes)
      throws IOException {
    return switch ((int) packing) {
      case SaveHeader.GZIP -> Decoders.open(Packing.GZIP, packed, maxBytes);
      case SaveHeader.BZIP2 -> Decoders.open(Packing.BZIP2, packed, maxBytes);
      case SaveHeader.XZ -> Decoders.open(Packing.XZ, packed, maxBytes);
      case SaveHeader.ZSTD -> Decoders.open(Packing.ZSTD, packed, maxBytes);
      default -> Decoders.open(Packing.LZOP, packed, maxBytes);
    };
  }
}
