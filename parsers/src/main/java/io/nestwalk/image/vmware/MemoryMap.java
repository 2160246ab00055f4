package io.nestwalk.image.vmware;

import io.nestwalk.image.ImageException;
import io.nestwalk.image.ImageFile;
import io.nestwalk.image.MemoryRun;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What the group "memory" says: the regions of physical memory, and the memory itself. */
final class MemoryMap {

  static final int PAGE = 4096;

  /** Machines have two or three. */
  private static final int MAX_REGIONS = 1024;

  /** Where a machine of ARM has its memory. */
  private static final long ARM_BASE = 0x8000_0000L;

  /** A region; -1 for what no tag has told. */
  private static final class Region {
    private long firstPage = -1;
    private long pageInFile = -1;
    private long pages = -1;

    boolean isWhole() {
      return firstPage >= 0 && pageInFile >= 0 && pages > 0;
    }
  }

  private final Map<Long, Region> regions = new TreeMap<>();
  private long regionsCount;
  private Tag memory;

  void take(Tag tag, ImageFile file) throws ImageException {
    switch (tag.name()) {
      case "regionsCount" -> regionsCount = tag.number(file);
      case "regionPPN" -> region(tag).firstPage = tag.number(file) & 0xffff_ffffL;
      case "regionPageNum" -> region(tag).pageInFile = tag.number(file) & 0xffff_ffffL;
      case "regionSize" -> region(tag).pages = tag.number(file) & 0xffff_ffffL;
      case "Memory" -> {
        if (tag.kind() != Tag.Kind.VALUE && tag.sizeInMemory() > 0 && memory == null) {
          memory = tag;
        }
      }
      default -> {}
    }
  }

  /** The block that holds the memory, null where it stands in a file of its own. */
  Tag memory() {
    return memory;
  }

  /** How long a memory file must be to hold every region; 0 when the map names none. */
  long fileLength() {
    long end = 0;
    for (Region region : usable()) {
      end = Math.max(end, (region.pageInFile + region.pages) * PAGE);
    }
    return end;
  }

  /**
   * Where memory stands in the file.
   *
   * @param base where the memory begins in the file
   * @param length how many bytes of memory the file has from there on
   * @param isArm whether it is a machine of ARM
   * @param warnings takes what is amiss
   */
  List<MemoryRun> runs(long base, long length, boolean isArm, List<String> warnings) {
    List<Region> usable = usable();
    if (usable.size() < regionsCount) {
      warnings.add(
          "of %d regions of memory the checkpoint describes %d"
              .formatted(regionsCount, usable.size()));
    }
    if (usable.isEmpty()) {
      return List.of(new MemoryRun(isArm ? ARM_BASE : 0, length, base));
    }
    List<MemoryRun> runs = new ArrayList<>();
    long missing = 0;
    for (Region region : usable) {
      long offset = region.pageInFile * PAGE;
      long stored = Math.clamp(length - offset, 0, region.pages * PAGE);
      missing += region.pages * PAGE - stored;
      if (stored > 0) {
        runs.add(new MemoryRun(region.firstPage * PAGE, stored, base + offset));
      }
    }
    if (missing > 0) {
      warnings.add(
          "the memory is cut: %d bytes of the regions in the checkpoint are not in the file"
              .formatted(missing));
    }
    return runs;
  }

  /** The regions that count: none where the checkpoint says that there are none. */
  private List<Region> usable() {
    return regionsCount == 0
        ? List.of()
        : regions.values().stream().filter(Region::isWhole).toList();
  }

  private Region region(Tag tag) {
    long index = tag.index(0);
    if (index < 0 || index >= MAX_REGIONS) {
      return new Region(); // not of the map
    }
    return regions.computeIfAbsent(index, i -> new Region());
  }
}
