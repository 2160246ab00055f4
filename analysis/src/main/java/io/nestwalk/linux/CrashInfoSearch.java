package io.nestwalk.linux;

import io.nestwalk.image.Memory;
import io.nestwalk.linux.kallsyms.VmCoreInfo;
import io.nestwalk.linux.kernel.KernelImage;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Finds {@link VmCoreInfo} through the kernel's variable {@code vmcoreinfo_data}, whose place is
 * not known, but which points to a page that begins in a known way. Copies of the text that belong
 * to other kernels are not pointed to.
 */
final class CrashInfoSearch {

  private static final int PAGE_MASK = 0xfff;

  private CrashInfoSearch() {}

  static Optional<VmCoreInfo> in(Memory memory, KernelImage image, int pointerSize) {
    List<VmCoreInfo> found = new ArrayList<>(1);
    ImageScan scan = new ImageScan();
    for (KernelImage.Run run : image.writable()) {
      boolean more =
          scan.over(
              memory,
              run.start(),
              run.end(),
              (address, words, count) -> {
                at(memory, words, count, pointerSize).ifPresent(found::add);
                return found.isEmpty();
              });
      if (!more) {
        break;
      }
    }
    return found.stream().findFirst();
  }

  private static Optional<VmCoreInfo> at(Memory memory, int[] words, int count, int pointerSize) {
    boolean wide = pointerSize == Long.BYTES;
    for (int i = 0; i + (wide ? 1 : 0) < count; i++) {
      // Few words are the upper half of a kernel's address behind one that begins a page.
      if ((words[i] & PAGE_MASK) == 0 && words[wide ? i + 1 : i] < 0) {
        // A narrow pointer is as good as a wide one with its sign.
        long pointer =
            wide ? (long) words[i + 1] << Integer.SIZE | (words[i] & 0xffff_ffffL) : words[i];
        if (VmCoreInfo.mayPointToOne(pointer)) {
          Optional<VmCoreInfo> info =
              VmCoreInfo.at(memory, wide ? pointer : pointer & 0xffff_ffffL);
          if (info.isPresent()) {
            return info;
          }
        }
      }
    }
    return Optional.empty();
  }
}
