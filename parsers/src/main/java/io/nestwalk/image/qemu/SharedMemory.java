package io.nestwalk.image.qemu;

import io.nestwalk.image.ImageException;
import io.nestwalk.image.ImageFile;
import io.nestwalk.image.MemoryRun;
import io.nestwalk.image.RunMemory;
import java.util.ArrayList;
import java.util.List;

/**
 * The file that a RAM block lies in (memory-backend-file with share=on), placed by a stream that
 * has no pages of the block.
 *
 * @param memory the file's bytes where the guest sees them
 * @param warnings what does not fit and what is missing
 */
record SharedMemory(RunMemory memory, List<String> warnings) {

  /**
   * Finds the block that the file is.
   *
   * @param file the memory file
   * @param state the stream, for errors
   * @param ram what was read of the stream
   * @throws ImageException when the stream has all of the machine's memory itself
   */
  static SharedMemory of(ImageFile file, ImageFile state, RamReader ram) throws ImageException {
    if (ram.layout().isEmpty()) {
      throw new ImageException(state.name(), "the list of its RAM blocks can't be read");
    }
    List<RamBlock> missing = ram.withoutPages();
    if (missing.isEmpty()) {
      throw new ImageException(
          state.name(), "the stream has its machine's memory in it; open it by itself");
    }
    List<String> warnings = new ArrayList<>();
    List<RamBlock> fitting =
        missing.stream().filter(block -> block.length() == file.length()).toList();
    RamBlock block = fitting.isEmpty() ? missing.getFirst() : fitting.getFirst();
    if (fitting.isEmpty()) {
      warnings.add(
          "the RAM block \"%s\" has %d bytes, the memory file %d: they may be of different machines"
              .formatted(block.name(), block.length(), file.length()));
    } else if (fitting.size() > 1) {
      warnings.add(
          "%d RAM blocks are of the file's size; that it is \"%s\" is a guess"
              .formatted(fitting.size(), block.name()));
    }
    for (RamBlock other : missing) {
      if (!other.equals(block)) {
        warnings.add(
            "the RAM block \"%s\" of %d bytes is neither in the stream nor in the file"
                .formatted(other.name(), other.length()));
      }
    }
    if (!ram.index().ranges().isEmpty()) {
      warnings.add(
          "the pages that the stream has itself, firmware's, are not read beside the file");
    }
    List<MemoryRun> runs = new ArrayList<>();
    for (Placement placement : ram.placements()) {
      long stored = Math.min(placement.length(), file.length() - placement.offset());
      if (placement.block().equals(block.name()) && stored > 0) {
        runs.add(new MemoryRun(placement.address(), stored, placement.offset()));
      }
    }
    return new SharedMemory(RunMemory.of(file, runs), List.copyOf(warnings));
  }
}
