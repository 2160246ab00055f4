package io.nestwalk.yara;

import java.lang.foreign.MemorySegment;

/** Memory in blocks, in ascending order of address; what lies between them is not there. */
interface BlockSource {

  /** How many blocks there are. */
  int count();

  /** The address of a block's first byte. */
  long address(int block);

  /** How long a block is in bytes: 1 to {@link SpaceBlocks#MAX_BLOCK}. */
  int size(int block);

  /** Copies a block; what can't be read is zero. */
  void read(int block, MemorySegment target);
}
