package io.nestwalk.image.qemu;

/**
 * A block of a machine's RAM, as the stream lists it.
 *
 * @param name QEMU's name: "pc.ram", "pc.bios", the memory backend's
 * @param length how many bytes of it are in use
 * @param mapped where its pages stand when they have fixed places in the file, null otherwise
 */
record RamBlock(String name, long length, MappedBlock mapped) {}
