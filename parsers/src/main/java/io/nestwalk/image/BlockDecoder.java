package io.nestwalk.image;

import java.lang.foreign.MemorySegment;

/**
 * Brings back the bytes of a block that a format encodes in its own way. Safe for several threads.
 */
@FunctionalInterface
public interface BlockDecoder {

  /** For formats that have raw and filled blocks only. */
  BlockDecoder NONE =
      (block, target) -> {
        throw new ImageException("block", "encoding " + block.encoding() + " is not known");
      };

  /**
   * Decodes a block.
   *
   * @param block what is known of the block; its encoding is the format's own
   * @param target exactly as long as the block; heap memory, filled with zeros
   * @throws ImageException when what is stored does not decode to exactly that many bytes
   */
  void decode(StoredBlock block, MemorySegment target) throws ImageException;
}
