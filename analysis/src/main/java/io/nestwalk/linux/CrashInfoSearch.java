package io.nestwalk.linux;

import io.nestwalk.image.Memory;
import io.nestwalk.linux.kallsyms.VmCoreInfo;
import io.nestwalk.linux.kernel.KernelImage;
import java.util.Optional;

/**
 * Finds {@link VmCoreInfo} through the kernel's variable {@code vmcoreinfo_data}, whose place is
 * not known, but which points to a page that begins in a known way. Copies of the text that belong
 * to other kernels are not pointed to.
 */
final class CrashInfoSearch {

  private CrashInfoSearch() {}

  static Optional<VmCoreInfo> in(Memory memory, KernelImage image) {
    return ImageScan.firstVariable(
        memory,
        image,
        (address, word, next) -> {
          long pointer = (long) next << Integer.SIZE | (word & 0xffff_ffffL);
          return VmCoreInfo.mayPointToOne(pointer)
              ? VmCoreInfo.at(memory, pointer).orElse(null)
              : null;
        });
  }
}
