package io.nestwalk.image;

import java.util.List;

/**
 * Which blocks of physical memory a dump holds and where each is stored. Immutable once it is in
 * use; its lookups allocate nothing and are safe for several threads.
 *
 * <p>{@link PageIndex} keeps a word per block in memory. A format whose file is a table of blocks
 * already can answer from the file instead.
 */
public interface BlockIndex {

  /** The answer of {@link #blockAt} for an address that the dump does not hold. */
  long ABSENT = -1;

  /** The ranges that are present: ascending, without overlap, none empty, touching ones merged. */
  List<AddressRange> ranges();

  /**
   * The ranges outside of which every block is known to be full of zeros; as {@link
   * PhysicalMemory#populatedRanges}. Asked once by who goes through all of memory.
   */
  default List<AddressRange> populatedRanges() {
    return ranges();
  }

  /**
   * The number of the block that holds {@code address}: the same for all addresses of a block and
   * for no others, not negative; {@link #ABSENT} when the dump does not hold the address.
   */
  long blockAt(long address);

  /**
   * Where the block is stored that holds {@code address}, which is present. Asked only when the
   * block is not at hand.
   */
  StoredBlock storedAt(long address);
}
