package io.nestwalk.image;

import java.lang.foreign.MemorySegment;

/**
 * A block as it is in memory. Immutable: whoever looks at its bytes may go on doing so after the
 * cache has dropped it.
 *
 * @param number its number in the index
 * @param start physical address of its first byte
 * @param bytes its bytes; fewer than it should have where the file is damaged
 * @param length of the bytes
 * @param place where in a mapped file they stand, {@link Memory#NOWHERE} where they were copied
 */
record DecodedBlock(long number, long start, MemorySegment bytes, long length, long place) {}
