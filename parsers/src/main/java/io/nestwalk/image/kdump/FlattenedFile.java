package io.nestwalk.image.kdump;

import io.nestwalk.image.ImageException;
import io.nestwalk.image.ImageFile;
import io.nestwalk.image.Memory;
import io.nestwalk.image.PiecedFile;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * A dump in makedumpfile's flattened form, made for pipes: blocks that each say where in the dump
 * they belong. Big-endian, unlike the dump.
 *
 * @param content the dump
 * @param warnings what is missing
 */
record FlattenedFile(PiecedFile content, List<String> warnings) {

  private static final byte[] MAGIC = "makedumpfile\0\0\0\0".getBytes(StandardCharsets.US_ASCII);

  private static final long TYPE = 1;
  private static final long VERSION = 1;

  /** The header is filled up to that size. */
  private static final int HEADER = 4096;

  private static final int BLOCK_HEADER = 16;
  private static final long END_MARK = -1;

  private static final ValueLayout.OfLong LONG = Memory.LONG.withOrder(ByteOrder.BIG_ENDIAN);

  static boolean hasMagic(ImageFile file) {
    return file.startsWith(0, MAGIC);
  }

  /** Reads where the blocks are, as far as they go. */
  static FlattenedFile read(ImageFile file) throws ImageException {
    if (!file.holds(0, HEADER + BLOCK_HEADER)
        || file.slice(MAGIC.length, Long.BYTES).get(LONG, 0) != TYPE
        || file.slice(MAGIC.length + Long.BYTES, Long.BYTES).get(LONG, 0) != VERSION) {
      throw new ImageException(
          file.name(), "a flattened dump that is cut, or of another type than 1, version 1");
    }
    PiecedFile.Builder content = PiecedFile.builder(file);
    long position = HEADER;
    boolean ended = false;
    String damage = "it has no end mark";
    while (!ended && file.holds(position, BLOCK_HEADER)) {
      long offset = file.slice(position, Long.BYTES).get(LONG, 0);
      long size = file.slice(position + Long.BYTES, Long.BYTES).get(LONG, 0);
      position += BLOCK_HEADER;
      ended = offset == END_MARK && size == END_MARK;
      if (!ended) {
        if (offset < 0 || size < 0 || offset > Long.MAX_VALUE - size) {
          damage =
              "at 0x%x is a block of %d bytes that belongs at 0x%x"
                  .formatted(position - BLOCK_HEADER, size, offset);
          break;
        }
        content.add(offset, Math.min(size, file.length() - position), position);
        if (size > file.length() - position) {
          break;
        }
        position += size;
      }
    }
    return new FlattenedFile(
        content.build(),
        ended ? List.of() : List.of("the flattened dump is cut or damaged: " + damage));
  }
}
