package io.nestwalk.image.lime;

import io.nestwalk.image.ImageException;
import io.nestwalk.image.ImageFile;
import io.nestwalk.image.StoredBlock;

/**
 * A chunk of a framed snappy stream: {type, 24-bit length, data}. Data chunks begin with a masked
 * CRC-32C of what they decompress to.
 *
 * @param encoding how the data are stored; of no meaning in a chunk without data
 * @param dataOffset where the data begin, behind the checksum
 * @param dataLength how many bytes of data the file has
 * @param size how many bytes they decompress to; 0 in a chunk that holds no data
 * @param end where the next chunk begins
 * @param problem why the chunk can't be used, null when it can
 */
record SnappyChunk(
    int encoding, long dataOffset, int dataLength, int size, long end, String problem) {

  /** The most that a chunk decompresses to. */
  static final int MAX_DATA = 1 << 16;

  /** Data that are stored as they are, with a checksum; {@link StoredBlock#RAW} would skip it. */
  static final int PLAIN = StoredBlock.FIRST_OWN;

  static final int COMPRESSED = StoredBlock.FIRST_OWN + 1;

  static final int CHECKSUM = 4;

  private static final int HEADER = 4;

  private static final int TYPE_COMPRESSED = 0x00;
  private static final int TYPE_PLAIN = 0x01;
  private static final int FIRST_SKIPPABLE = 0x80;
  private static final int TYPE_IDENTIFIER = 0xff;

  private static final byte[] IDENTIFIER = {'s', 'N', 'a', 'P', 'p', 'Y'};

  /** Reads the chunk that begins at {@code at}; never looks beyond it. */
  static SnappyChunk read(ImageFile file, long at) throws ImageException {
    if (!file.holds(at, HEADER)) {
      return bad("the file ends");
    }
    long word = file.intAt(at);
    int type = (int) (word & 0xff);
    int length = (int) (word >>> 8);
    long body = at + HEADER;
    if (!file.holds(body, length)) {
      return bad("the file ends within it");
    }
    if (type == TYPE_IDENTIFIER) {
      return length == IDENTIFIER.length && file.startsWith(body, IDENTIFIER)
          ? new SnappyChunk(0, 0, 0, 0, body + length, null)
          : bad("no snappy stream begins there");
    }
    if (type >= FIRST_SKIPPABLE) {
      return new SnappyChunk(0, 0, 0, 0, body + length, null);
    }
    if (type != TYPE_COMPRESSED && type != TYPE_PLAIN) {
      return bad("its type is 0x%02x".formatted(type));
    }
    int dataLength = length - CHECKSUM;
    if (dataLength <= 0) {
      return bad("it is too short");
    }
    long data = body + CHECKSUM;
    int size = type == TYPE_PLAIN ? dataLength : decompressedSize(file, data, dataLength);
    if (size <= 0 || size > MAX_DATA || dataLength > 2 * MAX_DATA - 1) {
      return bad("its data would be %d bytes".formatted(size));
    }
    return new SnappyChunk(
        type == TYPE_PLAIN ? PLAIN : COMPRESSED, data, dataLength, size, body + length, null);
  }

  /** The number that compressed data begin with, seven bits a byte; -1 when it is too large. */
  private static int decompressedSize(ImageFile file, long data, int dataLength)
      throws ImageException {
    int value = 0;
    for (int i = 0; i < Math.min(3, dataLength); i++) {
      int b = file.byteAt(data + i);
      value |= (b & 0x7f) << (7 * i);
      if (b < 0x80) {
        return value;
      }
    }
    return -1;
  }

  private static SnappyChunk bad(String problem) {
    return new SnappyChunk(0, 0, 0, 0, 0, problem);
  }
}
