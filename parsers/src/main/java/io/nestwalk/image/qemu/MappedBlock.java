package io.nestwalk.image.qemu;

/**
 * Where a block's pages stand in a file that was written with the capability mapped-ram.
 *
 * @param pageSize in bytes
 * @param bitmap where in the stream the bitmap of written pages begins: bit n, from the lowest of
 *     the first byte on, is page n
 * @param pages where in the stream page 0 has its place
 */
record MappedBlock(int pageSize, long bitmap, long pages) {}
