package io.nestwalk.image.qemu;

/**
 * A part of a RAM block that the guest sees at one place.
 *
 * @param block the block's name
 * @param offset where in the block it begins
 * @param length in bytes
 * @param address the guest-physical address of its first byte
 */
record Placement(String block, long offset, long length, long address) {

  /** One past the last byte in the block. */
  long end() {
    return offset + length;
  }
}
