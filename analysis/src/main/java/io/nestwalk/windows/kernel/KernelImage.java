package io.nestwalk.windows.kernel;

import io.nestwalk.types.PdbId;
import io.nestwalk.windows.pe.PeImage;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Where the kernel's own image, ntoskrnl.exe under any of its names, is mapped.
 *
 * @param base the virtual address of its first byte
 * @param physical the physical address of that byte in the machine; empty where its page was taken
 *     away
 * @param size in memory, in bytes
 * @param headers its headers, unless their page was taken away
 * @param pdb names its very build, where that record is there
 */
public record KernelImage(
    long base, OptionalLong physical, long size, Optional<PeImage> headers, Optional<PdbId> pdb) {

  /** Whether an address is in it. */
  public boolean contains(long address) {
    return Long.compareUnsigned(address - base, size) < 0;
  }

  /** The address of what it exports under a name. */
  public OptionalLong export(String name) {
    return headers.isPresent() ? headers.get().export(name) : OptionalLong.empty();
  }

  /** Where its variables may stand: its writable sections; without headers all of it. */
  public List<PeImage.Section> variables() {
    List<PeImage.Section> sections =
        headers.map(PeImage::sections).orElse(List.of()).stream()
            .filter(PeImage.Section::isWritable)
            .toList();
    return sections.isEmpty() ? List.of(new PeImage.Section("", base, size, 0)) : sections;
  }
}
