package io.nestwalk.image.microvm;

import io.nestwalk.image.Architecture;
import io.nestwalk.image.ImageException;
import io.nestwalk.image.ImageFile;
import io.nestwalk.image.MemoryImage;
import io.nestwalk.image.MemoryRun;
import io.nestwalk.image.RunMemory;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Where a monitor puts RAM.
 *
 * @param architecture of its machines
 * @param start of RAM
 * @param holeStart where the hole for devices begins
 * @param holeEnd where RAM goes on
 */
record Layout(Architecture architecture, long start, long holeStart, long holeEnd) {

  private static final int PAGE = 4096;

  /**
   * A memory file as an image; what was assumed is a warning.
   *
   * @param state what the file beside it tells, if there is one
   */
  MemoryImage open(ImageFile file, String format, String creator, Optional<SideState> state)
      throws ImageException {
    List<String> warnings = new ArrayList<>();
    List<MemoryRun> runs = state.map(SideState::runs).orElse(List.of());
    if (runs.isEmpty()) {
      runs = assumed(file);
      warnings.add(
          "%s's memory file has no map%s; memory is taken to lie as that monitor lays"
                  .formatted(creator, state.isPresent() ? "" : " and no registers")
              + " it out, from 0x%x with a hole from 0x%x to 0x%x"
                  .formatted(start, holeStart, holeEnd));
    }
    state.ifPresent(side -> warnings.addAll(side.warnings()));
    if (file.length() % PAGE != 0) {
      warnings.add(
          "the file's size, %d, is not a multiple of %d: the last page is cut"
              .formatted(file.length(), PAGE));
    }
    RunMemory memory = RunMemory.of(file, runs);
    return MemoryImage.of(file, format, memory)
        .creator(creator)
        .architecture(state.map(SideState::architecture).orElse(architecture))
        .runs(memory.runs())
        .cpus(state.map(SideState::cpus).orElse(List.of()))
        .warnings(warnings)
        .build();
  }

  private List<MemoryRun> assumed(ImageFile file) throws ImageException {
    long length = file.length();
    long below = holeStart - start;
    List<MemoryRun> runs = new ArrayList<>();
    runs.add(new MemoryRun(start, Math.min(length, below), 0));
    if (length > below) {
      if (holeEnd > Long.MAX_VALUE - length) {
        throw new ImageException(file.name(), "the file's length exceeds 2^63");
      }
      runs.add(new MemoryRun(holeEnd, length - below, below));
    }
    return runs;
  }
}
