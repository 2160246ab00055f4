package io.nestwalk.image.libvirt;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;

/**
 * The header of a save file: struct _virQEMUSaveHeader, in the byte order of the host that wrote
 * it.
 *
 * @param finished whether libvirt wrote the file to its end
 * @param order the byte order
 * @param version 1 or 2
 * @param dataLength how many bytes of XML, cookie and padding follow the header
 * @param packing how the stream behind that is packed: 0 not at all, 6 with pages at places of
 *     their own
 */
public record SaveHeader(
    boolean finished, ByteOrder order, int version, long dataLength, long packing) {

  /** The header's size in bytes. */
  public static final int SIZE = 92;

  /** The stream as it is. */
  public static final int RAW = 0;

  public static final int GZIP = 1;
  public static final int BZIP2 = 2;
  public static final int XZ = 3;
  public static final int LZOP = 4;
  public static final int ZSTD = 5;

  /** QEMU's mapped-ram: nothing to unpack. */
  public static final int SPARSE = 6;

  /** Where the packing stands in the header. */
  public static final int PACKING_OFFSET = 28;

  private static final byte[] FINISHED = "LibvirtQemudSave".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] UNFINISHED = "LibvirtQemudPart".getBytes(StandardCharsets.US_ASCII);

  private static final int VERSION_OFFSET = 16;
  private static final int LENGTH_OFFSET = 20;
  private static final int NEWEST_VERSION = 2;

  /** Reads the header out of a file's first bytes; empty when it is none. */
  public static Optional<SaveHeader> read(byte[] head) {
    boolean finished = startsWith(head, FINISHED);
    if (head.length < SIZE || (!finished && !startsWith(head, UNFINISHED))) {
      return Optional.empty();
    }
    ByteBuffer fields = ByteBuffer.wrap(head).order(ByteOrder.LITTLE_ENDIAN);
    // A version that is too large is one of the other byte order: so does libvirt.
    if (Integer.compareUnsigned(fields.getInt(VERSION_OFFSET), NEWEST_VERSION) > 0) {
      fields.order(ByteOrder.BIG_ENDIAN);
    }
    return Optional.of(
        new SaveHeader(
            finished,
            fields.order(),
            fields.getInt(VERSION_OFFSET),
            Integer.toUnsignedLong(fields.getInt(LENGTH_OFFSET)),
            Integer.toUnsignedLong(fields.getInt(PACKING_OFFSET))));
  }

  /** Where the stream begins. */
  public long streamOffset() {
    return SIZE + dataLength;
  }

  /** Whether the stream has to be unpacked as a whole. */
  public boolean isPacked() {
    return packing >= GZIP && packing <= ZSTD;
  }

  private static boolean startsWith(byte[] head, byte[] magic) {
    return head.length >= magic.length
        && Arrays.equals(head, 0, magic.length, magic, 0, magic.length);
  }
}
