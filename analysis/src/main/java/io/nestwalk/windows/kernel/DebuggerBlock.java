package io.nestwalk.windows.kernel;

import io.nestwalk.image.Memory;
import io.nestwalk.windows.pe.PeImage;
import java.util.Optional;

/**
 * The block that the kernel keeps for debuggers ({@code KDDEBUGGER_DATA64}, "KDBG"), which tells
 * where its lists are. From Windows 8 on it is encoded in memory until a debugger or a dump needs
 * it ({@code KdCopyDataBlock}): of each word {@code bswap(rol(word ^ KiWaitNever, KiWaitNever) ^
 * &KdpDataBlockEncoded) ^ KiWaitAlways} is the plain one. That is {@code bswap(rol(word, n)) ^ k}
 * with one n and k for all words, and two words are known: so neither the keys nor symbols are
 * needed.
 *
 * @param address where it stands
 * @param size in bytes, as it says itself
 * @param encoded whether it is
 * @param modules the head of the list of modules, {@code PsLoadedModuleList}
 * @param processes the head of the list of processes, {@code PsActiveProcessHead}
 */
public record DebuggerBlock(
    long address, long size, boolean encoded, long modules, long processes) {

  /** "KDBG" */
  private static final int TAG = 0x4742_444b;

  private static final int TAG_AT = 0x10;
  private static final int BASE_AT = 0x18;
  private static final int MODULES_AT = 0x48;
  private static final int PROCESSES_AT = 0x50;
  private static final int MIN_SIZE = 0x200;
  private static final int MAX_SIZE = 0x1000;

  /** Variables of kernels take a few MiB. */
  private static final long MAX_DATA = 32L << 20;

  /** The block of a 64-bit kernel; empty where its page is not in memory. */
  public static Optional<DebuggerBlock> in(Memory memory, KernelImage image) {
    long budget = MAX_DATA;
    for (PeImage.Section section : image.variables()) {
      long end = section.address() + Math.min(section.size(), budget);
      long tag = memory.getLong(section.address() + TAG_AT, 0);
      for (long at = section.address(); at + MIN_SIZE <= end; at += Long.BYTES) {
        long base = memory.getLong(at + BASE_AT, 0);
        Optional<DebuggerBlock> block = at(memory, image, at, tag, base);
        if (block.isPresent()) {
          return block;
        }
        tag = base;
      }
      budget -= section.size();
    }
    return Optional.empty();
  }

  private static Optional<DebuggerBlock> at(
      Memory memory, KernelImage image, long address, long tag, long base) {
    if (base == image.base() && isHead(tag)) {
      return new Reader(memory, image, address, 0, 0).block(tag, false);
    }
    long mixed = tag ^ base;
    if (tag == 0 || base == 0 || mixed == 0) {
      return Optional.empty();
    }
    for (int n = 0; n < Long.SIZE; n++) {
      long plain = Long.reverseBytes(Long.rotateLeft(mixed, n)) ^ image.base();
      if (isHead(plain)) {
        long key = Long.reverseBytes(Long.rotateLeft(base, n)) ^ image.base();
        return new Reader(memory, image, address, n, key).block(plain, true);
      }
    }
    return Optional.empty();
  }

  /** Whether a word holds the tag and a size that such blocks have. */
  private static boolean isHead(long word) {
    long size = word >>> Integer.SIZE;
    return (int) word == TAG && size >= MIN_SIZE && size < MAX_SIZE;
  }

  /** Reads the words of one block. */
  private record Reader(Memory memory, KernelImage image, long address, int n, long key) {

    /** The block, where the heads that it names are the kernel's own variables. */
    Optional<DebuggerBlock> block(long head, boolean encoded) {
      long modules = word(MODULES_AT, encoded);
      long processes = word(PROCESSES_AT, encoded);
      return image.contains(modules) && image.contains(processes)
          ? Optional.of(
              new DebuggerBlock(address, head >>> Integer.SIZE, encoded, modules, processes))
          : Optional.empty();
    }

    private long word(int offset, boolean encoded) {
      long word = memory.getLong(address + offset, 0);
      return encoded ? Long.reverseBytes(Long.rotateLeft(word, n)) ^ key : word;
    }
  }
}
