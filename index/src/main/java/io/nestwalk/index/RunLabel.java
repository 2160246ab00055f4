package io.nestwalk.index;

import io.nestwalk.index.Entry.RunEntry;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What many runs have in common.
 *
 * @param machineId whose they are
 * @param space whose addresses
 * @param pid of the process, empty for a kernel's and physical space
 * @param name of the process or space
 * @param path of the mapping
 */
record RunLabel(
    String machineId, Entry.Space space, OptionalInt pid, String name, Optional<String> path) {

  static RunLabel of(RunEntry run) {
    return new RunLabel(run.machineId(), run.space(), run.pid(), run.name(), run.path());
  }

  /** Whether a run has it, without making it. */
  boolean isOf(RunEntry run) {
    return space == run.space()
        && pid.equals(run.pid())
        && machineId.equals(run.machineId())
        && name.equals(run.name())
        && path.equals(run.path());
  }
}
