package io.nestwalk.linux;

import io.nestwalk.image.Architecture;
import io.nestwalk.image.Memory;
import io.nestwalk.linux.kernel.Kernel;
import io.nestwalk.memory.TranslatedMemory;
import io.nestwalk.paging.InputRule;
import io.nestwalk.paging.PagingMode;
import io.nestwalk.paging.Walker;
import io.nestwalk.types.Field;
import java.util.OptionalLong;

/**
 * From {@code mm_struct.pgd} to a process's page tables. On x86 and RISC-V one root serves the
 * process and the kernel; on ARM64 the process's own serves the lower half of addresses alone.
 */
final class AddressSpaces {

  private final Kernel kernel;
  private final Field pgd;
  private final PagingMode mode;

  /** Of no process: others are made like it. */
  private final Walker any;

  AddressSpaces(Kernel kernel, Field pgd) {
    this.kernel = kernel;
    this.pgd = pgd;
    mode = ofProcesses(kernel.tables().mode());
    any = new Walker(mode, 0, kernel.physical());
  }

  /** The mode of processes' tables where {@code tables} is that of the kernel's. */
  static PagingMode ofProcesses(PagingMode tables) {
    return tables.input() == InputRule.ONES_EXTENDED
        ? new PagingMode(
            tables.name(),
            tables.architecture(),
            tables.stage(),
            InputRule.ZERO_EXTENDED,
            tables.levels(),
            tables.entry(),
            tables.rootMask())
        : tables;
  }

  /** The physical address of the root table of {@code mm_struct}. */
  OptionalLong rootOf(long mm) {
    long root = kernel.value(pgd, mm);
    return kernel.isReadable(root) ? kernel.physicalOf(root) : OptionalLong.empty();
  }

  /**
   * With isolated page tables x86-64 keeps two roots in an aligned pair of pages: the kernel's and,
   * above it, the user's, which shares the lower half and little more.
   */
  OptionalLong userRoot(long root) {
    if (mode.architecture() != Architecture.X86_64 || (root & 0x1000) != 0) {
      return OptionalLong.empty();
    }
    long user = root + 0x1000;
    boolean used = false;
    Memory physical = kernel.physical();
    long userMask = ~(1L << 63);
    for (int i = 0; i < 256; i++) {
      long mine = physical.getLong(root + 8L * i, 0);
      long theirs = physical.getLong(user + 8L * i, -1);
      // The kernel's copy forbids execution there; accessed bits may differ.
      if (((mine ^ theirs) & userMask & ~0x20L) != 0) {
        return OptionalLong.empty();
      }
      used |= mine != 0;
    }
    return used ? OptionalLong.of(user) : OptionalLong.empty();
  }

  /** The tables of a process. */
  Walker tables(long root) {
    return any.under(root);
  }

  /** The virtual memory of a process. */
  TranslatedMemory memory(long root) {
    Walker low = tables(root);
    return kernel.tables().mode().input() != InputRule.ONES_EXTENDED
        ? TranslatedMemory.of(kernel.physical(), low)
        : TranslatedMemory.split(kernel.physical(), low, kernel.tables());
  }
}
