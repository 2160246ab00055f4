package io.nestwalk.windows.kernel;

import io.nestwalk.types.PdbId;
import io.nestwalk.windows.pe.PeImage;
import java.util.Optional;

/**
 * Where the kernel's own image, ntoskrnl.exe under any of its names, is mapped.
 *
 * @param base the virtual address of its first byte
 * @param physical the physical address of that byte in the machine
 * @param size in memory, in bytes
 * @param headers its headers
 * @param pdb names its very build, where that record is there
 */
public record KernelImage(
    long base, long physical, long size, PeImage headers, Optional<PdbId> pdb) {

  /** Whether an address is in it. */
  public boolean contains(long address) {
    return Long.compareUnsigned(address - base, size) < 0;
  }
}
