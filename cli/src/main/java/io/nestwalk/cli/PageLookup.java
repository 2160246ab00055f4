package io.nestwalk.cli;

import io.nestwalk.image.Memory;
import io.nestwalk.image.PhysicalMemory;
import io.nestwalk.machine.Machine;
import io.nestwalk.memory.Budget;
import io.nestwalk.memory.Layer;
import io.nestwalk.memory.PageRuns;
import io.nestwalk.system.GuestMapping;
import java.util.List;

/** The pages behind a process's mappings, and where they stand in the file. */
record PageLookup(Layer memory, Machine machine, PhysicalMemory image, Budget budget) {

  /** The present pages of a mapping, as runs. */
  List<PageRuns.Run> runs(GuestMapping mapping) {
    return PageRuns.of(memory, mapping.start(), mapping.end() - 1, budget);
  }

  /** Whether the memory right below a process's is guest-physical. */
  boolean isGuest() {
    return machine.parent().isPresent();
  }

  boolean isInFile(PageRuns.Run run) {
    return run.lowest() != PageRuns.NOT_MAPPED && fileOffset(run) != Memory.NOWHERE;
  }

  long fileOffset(PageRuns.Run run) {
    return image.locate(run.lowest());
  }
}
