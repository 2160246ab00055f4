package io.nestwalk.memory;

/**
 * A stretch of a guest's physical memory and where its hypervisor's process keeps it.
 *
 * @param start guest-physical address of the first byte
 * @param length in bytes
 * @param hostVirtual address of that byte in the process's virtual memory
 */
public record MemorySlot(long start, long length, long hostVirtual) {

  /** Refuses what no slot is: guest memory lies, and arithmetic on it must not wrap. */
  public MemorySlot {
    if (start < 0
        || length <= 0
        || start + length < 0
        || hostVirtual + length < hostVirtual
        || ((start | length | hostVirtual) & Layer.PAGE - 1) != 0) {
      throw new IllegalArgumentException(
          "slot 0x%x+0x%x at 0x%x".formatted(start, length, hostVirtual));
    }
  }

  /** One past the last guest-physical address. */
  public long end() {
    return start + length;
  }
}
