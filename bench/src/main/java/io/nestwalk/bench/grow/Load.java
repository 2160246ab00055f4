package io.nestwalk.bench.grow;

/** A segment of an ELF core: where it stands in the file and in memory. */
record Load(long fileOffset, long address, long bytes) {

  boolean has(long from, long length) {
    return from >= address && from - address <= bytes - length;
  }
}
