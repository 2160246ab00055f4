package io.nestwalk.linux;

import io.nestwalk.image.Memory;
import io.nestwalk.linux.kallsyms.VmCoreInfo;
import java.util.Optional;

/**
 * Finds {@link VmCoreInfo} through the kernel's variable {@code vmcoreinfo_data}, whose place is
 * not known, but which points to a page that begins in a known way. Copies of the text that belong
 * to other kernels are not pointed to.
 */
final class CrashInfoSearch {

  private CrashInfoSearch() {}

  static Optional<VmCoreInfo> in(Memory memory, KernelImage image) {
    VmCoreInfo[] found = {null};
    ImageScan scan = new ImageScan();
    for (KernelImage.Run run : image.writable()) {
      scan.over(
          memory,
          run.start(),
          run.end(),
          (address, words, count) -> {
            for (int i = 0; i + 1 < count && found[0] == null; i += 2) {
              if (words[i + 1] < 0) {
                long pointer = (long) words[i + 1] << Integer.SIZE | (words[i] & 0xffff_ffffL);
                if (VmCoreInfo.mayPointToOne(pointer)) {
                  VmCoreInfo.at(memory, pointer).ifPresent(info -> found[0] = info);
                }
              }
            }
            return found[0] == null;
          });
      if (found[0] != null) {
        break;
      }
    }
    return Optional.ofNullable(found[0]);
  }
}
