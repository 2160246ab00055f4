package io.nestwalk.index;

import io.nestwalk.index.Entry.RunEntry;
import io.nestwalk.machine.Machine;
import io.nestwalk.memory.Budget;
import io.nestwalk.memory.Layer;
import io.nestwalk.memory.StoredRuns;
import io.nestwalk.system.GuestProcess;
import io.nestwalk.system.GuestSystem;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The pages of one process as its tables have them, whatever its system knows of its mappings.
 *
 * @param runs the runs of pages, in ascending order of address
 * @param complete false when there are more than the limit, or the tables map more than plausible
 *     tables do
 */
public record ProcessPages(List<RunEntry> runs, boolean complete) {

  /** Copies the list. */
  public ProcessPages {
    runs = List.copyOf(runs);
  }

  /**
   * Follows a process's tables.
   *
   * @param stored where the image keeps host-physical memory
   * @param limit keep at most so many runs
   */
  public static ProcessPages of(
      Machine machine, GuestSystem system, GuestProcess process, StoredRuns stored, int limit) {
    Optional<Layer> memory = system.userMemoryOf(process);
    List<RunEntry> runs = new ArrayList<>();
    boolean followed =
        memory.isEmpty()
            || new SpaceRuns(machine, Optional.of(system.facts()), stored)
                .process(process, system.mappings(process), memory.get())
                .show(
                    Budget.forSpace(memory.get()),
                    run -> {
                      if (runs.size() <= limit) {
                        runs.add(run);
                      }
                    })
                .complete();
    boolean cut = runs.size() > limit;
    return new ProcessPages(cut ? runs.subList(0, limit) : runs, followed && !cut);
  }
}
