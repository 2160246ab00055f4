package io.nestwalk.linux.kernel;

import io.nestwalk.image.Memory;
import io.nestwalk.memory.SpacePart;
import io.nestwalk.paging.Translation;
import io.nestwalk.paging.Walker;
import io.nestwalk.system.GuestText;
import io.nestwalk.system.Warnings;
import io.nestwalk.types.Field;
import io.nestwalk.types.KernelSymbols;
import io.nestwalk.types.KernelTypes;
import java.util.OptionalLong;

/**
 * One kernel's memory and what is known of how to read it.
 *
 * @param physical the machine's physical memory
 * @param tables the kernel's page tables
 * @param memory the kernel's virtual memory
 * @param types its structures
 * @param symbols its symbols
 * @param warnings what was refused so far
 */
public record Kernel(
    Memory physical,
    Walker tables,
    Memory memory,
    KernelTypes types,
    KernelSymbols symbols,
    Warnings warnings) {

  /** PATH_MAX. */
  private static final int LONGEST_TEXT = 1 << 12;

  /** The pointer that stands at {@code address}; 0 when memory lacks it. */
  public long pointer(long address) {
    return types.pointerSize() == Long.BYTES
        ? memory.getLong(address, 0)
        : memory.getInt(address, 0) & 0xffff_ffffL;
  }

  /** The first address of the kernel's part of its space, which is all of a space of 32 bits. */
  public long start() {
    return SpacePart.kernelStart(tables.mode().inputBits());
  }

  /**
   * log2 of this kernel's page: the unit of {@code vm_pgoff}, of frame numbers and of KVM's slots.
   */
  public int pageShift() {
    return tables.mode().bottom().shift();
  }

  /** A member's value, 0 when memory lacks it: for pointers, flags and counts. */
  public long value(Field field, long object) {
    return field.get(memory, object, 0);
  }

  /** Whether a pointer leads to kernel memory that is there. */
  public boolean isReadable(long pointer) {
    return (pointer < 0 || (types.pointerSize() == Integer.BYTES && pointer != 0))
        && memory.isPresent(pointer);
  }

  /**
   * The text at {@code address} up to its zero, its end of memory or {@code limit} bytes; no more
   * than the longest path, however long the kernel says that it may be.
   */
  public String text(long address, int limit) {
    return GuestText.upToZero(memory.readBytes(address, Math.min(limit, LONGEST_TEXT)));
  }

  /**
   * A member's bytes, as far as they are in memory.
   *
   * @param limit no more of them, however large the kernel says that the member is
   */
  public byte[] bytes(Field field, long object, int limit) {
    return memory.readBytes(field.at(object), Math.min(field.size(), limit));
  }

  /** The physical address of a kernel address. */
  public OptionalLong physicalOf(long address) {
    long translation = tables.translate(address);
    return Translation.isFault(translation)
        ? OptionalLong.empty()
        : OptionalLong.of(Translation.address(translation));
  }
}
