package io.nestwalk.image.elf;

import io.nestwalk.image.MemoryRun;
import io.nestwalk.image.RunMemory;
import io.nestwalk.wording.Count;
import java.util.ArrayList;
import java.util.List;

/**
 * The physical memory that the segments describe: physical address, file offset and file size. What
 * p_memsz has beyond p_filesz is not stored, and so is absent.
 *
 * @param runs the parts that the file may hold, in file order, possibly overlapping
 * @param warnings what was left out
 */
record SegmentMemory(List<MemoryRun> runs, List<String> warnings) {

  /** What kernels write where virtual memory has no single physical address (fs/proc/kcore.c). */
  private static final long NO_ADDRESS = -1;

  private static final long NO_ADDRESS_32 = 0xffff_ffffL;

  static SegmentMemory of(List<ElfProgramHeader> segments, long fileLength) {
    List<MemoryRun> runs = new ArrayList<>();
    int misplaced = 0;
    int cut = 0;
    long missing = 0;
    int partial = 0;
    for (ElfProgramHeader segment : segments) {
      if (segment.fileSize() == 0) {
        continue; // not stored: device memory, or filtered out by the writer
      }
      if (segment.physicalAddress() == NO_ADDRESS || segment.physicalAddress() == NO_ADDRESS_32) {
        continue; // virtual memory that other segments have by its physical address
      }
      if (segment.fileSize() < 0
          || segment.offset() < 0
          || segment.physicalAddress() < 0
          || segment.physicalAddress() > Long.MAX_VALUE - segment.fileSize()) {
        misplaced++;
        continue;
      }
      long stored = Math.max(0, Math.min(segment.fileSize(), fileLength - segment.offset()));
      if (stored < segment.fileSize()) {
        cut++;
        // The sizes are the file's claims: their sum may exceed a long.
        missing = saturatedSum(missing, segment.fileSize() - stored);
      }
      if (Long.compareUnsigned(segment.fileSize(), segment.memorySize()) < 0) {
        partial++;
      }
      if (stored > 0) {
        runs.add(new MemoryRun(segment.physicalAddress(), stored, segment.offset()));
      }
    }
    List<String> warnings = new ArrayList<>();
    if (misplaced > 0) {
      warnings.add(
          "left out: %s without a valid physical address, size or offset"
              .formatted(Count.of(misplaced, "segment")));
    }
    if (cut > 0) {
      warnings.add(
          "the file is cut: of %s %s beyond its end"
              .formatted(Count.of(cut, "segment"), Count.of(missing, "byte", "lies", "lie")));
    }
    if (partial > 0) {
      warnings.add(
          "%s stored in part only; what is not stored is absent"
              .formatted(Count.of(partial, "segment", "is", "are")));
    }
    return new SegmentMemory(runs, warnings);
  }

  /**
   * Tells of segments that give the same memory at different places of the file, of which only the
   * first counts. Segments that repeat a piece of memory at the same place are normal.
   */
  static List<String> contradictions(List<MemoryRun> runs, RunMemory memory) {
    long count =
        runs.stream()
            .filter(
                run ->
                    memory.locate(run.start()) != run.fileOffset()
                        || memory.locate(run.end() - 1) != run.fileOffset() + run.length() - 1)
            .count();
    return count == 0
        ? List.of()
        : List.of(
            "%s an earlier one that stands elsewhere in the file; the earlier counts"
                .formatted(Count.of(count, "segment", "overlaps", "overlap")));
  }

  private static long saturatedSum(long a, long b) {
    return a > Long.MAX_VALUE - b ? Long.MAX_VALUE : a + b;
  }
}
