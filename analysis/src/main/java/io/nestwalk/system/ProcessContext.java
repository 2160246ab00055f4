package io.nestwalk.system;

import java.util.Optional;

/**
 * In what surroundings a process runs.
 *
 * @param workingDirectory as /proc/PID/cwd has it
 * @param rootDirectory as /proc/PID/root has it
 * @param traits what its own system knows: Linux's credentials and capabilities
 */
public record ProcessContext(
    Optional<String> workingDirectory, Optional<String> rootDirectory, Traits traits) {

  /** Nothing is known. */
  public static final ProcessContext UNKNOWN =
      new ProcessContext(Optional.empty(), Optional.empty(), Traits.NONE);
}
