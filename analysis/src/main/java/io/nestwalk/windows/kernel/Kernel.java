package io.nestwalk.windows.kernel;

import io.nestwalk.image.Memory;
import io.nestwalk.memory.TranslatedMemory;
import io.nestwalk.paging.Translation;
import io.nestwalk.paging.Walker;
import io.nestwalk.system.Warnings;
import io.nestwalk.types.Field;
import io.nestwalk.types.KernelSymbols;
import io.nestwalk.windows.layout.Layout;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * One kernel's memory and what is known of how to read it. For one thread at a time: its memory
 * keeps translations.
 *
 * @param physical the machine's physical memory
 * @param tables the page tables of the System process, which map all of the kernel
 * @param memory the kernel's virtual memory under these tables
 * @param image where the kernel's own image is mapped
 * @param layout its structures
 * @param symbols what a symbol file tells, at this kernel's addresses; else nothing
 * @param system address of the System process's {@code _EPROCESS}
 * @param warnings what was refused so far
 */
public record Kernel(
    Memory physical,
    Walker tables,
    TranslatedMemory memory,
    KernelImage image,
    Layout layout,
    KernelSymbols symbols,
    long system,
    Warnings warnings) {

  private static final long POINTER_32_MASK = 0xffff_ffffL;

  /** Where kernels of 32 bits begin at the lowest ({@code /3GB}: 3 GiB, else 2 GiB). */
  private static final long KERNEL_32 = 0x8000_0000L;

  /** The low bits of an {@code _EX_FAST_REF} count references. */
  private static final long FAST_REFERENCE_64 = 15;

  private static final long FAST_REFERENCE_32 = 7;

  private static final int MAX_STRING_BYTES = 1 << 15;

  /** 100-nanosecond units from 1601, where Windows's time begins, to 1970. */
  private static final long EPOCH = 116_444_736_000_000_000L;

  private static final long UNITS_PER_SECOND = 10_000_000;

  /** Times after this (the year 2200) are no times. */
  private static final long LATEST = 189_200_000_000_000_000L;

  /** Whether the kernel runs in 64 bits. */
  public boolean isWide() {
    return layout.pointerSize() == Long.BYTES;
  }

  /** The pointer that stands at {@code address}; 0 when memory lacks it. */
  public long pointer(long address) {
    return pointer(memory, address);
  }

  /** The pointer that stands at {@code address} of some memory; 0 when it lacks it. */
  public long pointer(Memory from, long address) {
    return isWide() ? from.getLong(address, 0) : from.getInt(address, 0) & POINTER_32_MASK;
  }

  /** A member's value, 0 when memory lacks it: for pointers, flags and counts. */
  public long value(Field field, long object) {
    return field.get(memory, object, 0);
  }

  /** A member's value; 0 when this kernel has no such member or memory lacks it. */
  public long value(Optional<Field> field, long object) {
    return field.isPresent() ? field.get().get(memory, object, 0) : 0;
  }

  /** What an {@code _EX_FAST_REF} points to. */
  public long fastReference(long value) {
    return value & ~(isWide() ? FAST_REFERENCE_64 : FAST_REFERENCE_32);
  }

  /** Whether an address is in the kernel's part of the address space. */
  public boolean isKernelAddress(long address) {
    return isWide() ? address < 0 : Long.compareUnsigned(address, KERNEL_32) >= 0;
  }

  /** Whether a pointer leads to an aligned object in kernel memory that is there. */
  public boolean isObject(long pointer) {
    return (pointer & layout.pointerSize() - 1) == 0
        && isKernelAddress(pointer)
        && memory.isPresent(pointer);
  }

  /** The physical address of a kernel address. */
  public OptionalLong physicalOf(long address) {
    long translation = memory.translate(address);
    return Translation.isFault(translation)
        ? OptionalLong.empty()
        : OptionalLong.of(Translation.address(translation));
  }

  /**
   * The text of a {@code _UNICODE_STRING}.
   *
   * @param from the memory that the structure and its buffer are in
   * @return empty when the structure is none or nothing of its text is there; what is missing at
   *     its end is cut off
   */
  public Optional<String> unicode(Memory from, long address) {
    int length = from.getShort(address);
    int capacity = from.getShort(address + Short.BYTES);
    long buffer = pointer(from, address + layout.pointerSize());
    if (length <= 0 || (length & 1) != 0 || capacity < length || buffer == 0) {
      return Optional.empty();
    }
    return utf16(from, buffer, Math.min(length, MAX_STRING_BYTES));
  }

  /** The text of {@code bytes} bytes in UTF-16; empty when nothing of it is there. */
  public static Optional<String> utf16(Memory from, long address, int bytes) {
    byte[] read = from.readBytes(address, bytes);
    if (read.length < 2) {
      return Optional.empty();
    }
    return Optional.of(new String(read, 0, read.length & ~1, StandardCharsets.UTF_16LE));
  }

  /**
   * The time of a FILETIME.
   *
   * @param units of 100 nanoseconds since 1601
   * @return empty for none, and for what is no time of a running system
   */
  public static Optional<Instant> time(long units) {
    if (units <= EPOCH || units > LATEST) {
      return Optional.empty();
    }
    long since = units - EPOCH;
    return Optional.of(
        Instant.ofEpochSecond(since / UNITS_PER_SECOND, since % UNITS_PER_SECOND * 100));
  }
}
