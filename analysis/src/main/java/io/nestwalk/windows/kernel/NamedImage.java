package io.nestwalk.windows.kernel;

import io.nestwalk.image.Memory;
import io.nestwalk.memory.TranslatedMemory;
import io.nestwalk.paging.Walker;
import io.nestwalk.types.PdbId;
import io.nestwalk.windows.pe.PeImage;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * What runs beside or below a Windows and is linked as its parts are: the secure kernel of virtual
 * trust level 1, and Hyper-V itself.
 *
 * @param name that it was linked under, or that of its symbols: "securekernel.exe", "hvix64.pdb"
 * @param base the virtual address of its first byte
 * @param physical the physical address of that byte in the machine
 * @param size in memory, in bytes
 * @param root the table whose pages map it
 * @param version of its file, where that is in memory
 * @param pdb names its very build, where that record is there
 */
public record NamedImage(
    String name,
    long base,
    long physical,
    long size,
    long root,
    Optional<String> version,
    Optional<PdbId> pdb) {

  /** securekernel.exe; securekernella57.exe where addresses have five levels. */
  public static final List<String> SECURE_KERNEL = List.of("securekernel");

  /** Hyper-V for Intel's, AMD's and ARM's processors. */
  public static final List<String> HYPER_V = List.of("hvix64", "hvax64", "hvaa64");

  /**
   * The first image whose own name or whose symbols' name begins as wanted.
   *
   * @param beginnings in lower case
   */
  public static Optional<NamedImage> find(Memory physical, Walker tables, List<String> beginnings) {
    return ImageSearch.first(
            physical,
            tables,
            TranslatedMemory.of(physical, tables),
            image -> name(image, beginnings).isPresent())
        .map(
            found -> {
              PeImage image = found.image();
              return new NamedImage(
                  name(image, beginnings).orElseThrow(),
                  image.base(),
                  found.physical(),
                  image.size(),
                  tables.root(),
                  image.fileVersion(),
                  image.pdb());
            });
  }

  private static Optional<String> name(PeImage image, List<String> beginnings) {
    return image
        .exportName()
        .filter(name -> isAmong(name, beginnings))
        .or(() -> image.pdb().map(PdbId::name).filter(name -> isAmong(name, beginnings)));
  }

  private static boolean isAmong(String name, List<String> beginnings) {
    String lower = name.toLowerCase(Locale.ROOT);
    return beginnings.stream().anyMatch(lower::startsWith);
  }
}
