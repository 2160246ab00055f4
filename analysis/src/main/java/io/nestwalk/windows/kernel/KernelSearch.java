package io.nestwalk.windows.kernel;

import io.nestwalk.image.Architecture;
import io.nestwalk.image.Memory;
import io.nestwalk.memory.TranslatedMemory;
import io.nestwalk.paging.Walker;
import io.nestwalk.types.PdbId;
import io.nestwalk.windows.pe.PeImage;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/** Finds the kernel's image under page tables: the image that calls itself ntoskrnl.exe. */
final class KernelSearch {

  /** The smallest kernel (of Windows 7) has more than 4 MiB, the largest some 20. */
  private static final long MIN_SIZE = 2L << 20;

  static final long MAX_SIZE = 64L << 20;

  /** A section that no other image has. */
  private static final String POOL_CODE = "POOLCODE";

  private static final Set<String> NAMES = Set.of("ntoskrnl.exe", "ntkrnlmp.exe", "ntkrnlpa.exe");

  private KernelSearch() {}

  /** The kernel's image that {@code tables} map. */
  static Optional<KernelImage> find(Memory physical, Walker tables, TranslatedMemory memory) {
    return ImageSearch.first(physical, tables, memory, KernelSearch::isKernel)
        .map(
            found ->
                new KernelImage(
                    found.image().base(),
                    OptionalLong.of(found.physical()),
                    found.image().size(),
                    Optional.of(found.image()),
                    found.image().pdb()));
  }

  /** The kernel's image without its headers; takes longer, for all that is mapped is read. */
  static Optional<KernelImage> findWithoutHeaders(
      Memory physical, Walker tables, TranslatedMemory memory) {
    return tables.mode().architecture() == Architecture.X86
        ? Optional.empty()
        : new HeaderlessKernel(physical, tables, memory).find(ImageSearch.START_64, -1);
  }

  private static boolean isKernel(PeImage image) {
    return image.size() >= MIN_SIZE
        && image.size() <= MAX_SIZE
        && (image.exportName().filter(name -> NAMES.contains(lower(name))).isPresent()
            || image.pdb().filter(KernelSearch::isKernel).isPresent()
            || image.sections().stream().anyMatch(section -> section.name().equals(POOL_CODE)));
  }

  /** ntkrnlmp.pdb, ntkrpamp.pdb, ntoskrnl.pdb, ntkrnlpa.pdb, ntkrla57.pdb. */
  static boolean isKernel(PdbId pdb) {
    String name = lower(pdb.name());
    return name.endsWith(".pdb") && (name.startsWith("ntkr") || name.startsWith("ntoskrnl"));
  }

  private static String lower(String text) {
    return text.toLowerCase(Locale.ROOT);
  }
}
