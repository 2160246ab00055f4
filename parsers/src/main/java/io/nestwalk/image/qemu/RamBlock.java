package io.nestwalk.image.qemu;

/**
 * A block of a machine's RAM, as the stream lists it.
 *
 * @param name QEMU's name: "pc.ram", "pc.bios", the memory backend's
 * @param length how many bytes of it are in use
 * @param address what the stream says of its place, with the capability x-ignore-shared: the
 *     address where it is mapped as a whole, its place within the memory for a NUMA node; -1
 *     without that
 * @param mapped where its pages stand when they have fixed places in the file, null otherwise
 */
record RamBlock(String name, long length, long address, MappedBlock mapped) {

  /** A block of a stream that says nothing of its place. */
  RamBlock(String name, long length, MappedBlock mapped) {
    this(name, length, -1, mapped);
  }
}
