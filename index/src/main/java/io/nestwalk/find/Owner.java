package io.nestwalk.find;

import io.nestwalk.index.Entry.RunEntry;
import io.nestwalk.index.Entry.Space;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * To whom the bytes of a hit belong.
 *
 * @param machine whose
 * @param space in which of its spaces
 * @param pid of the process
 * @param process its name, or the space's
 * @param path of the mapping
 * @param address in that space
 * @param gpa guest-physical, {@link RunEntry#NONE} where there is none
 */
public record Owner(
    String machine,
    Space space,
    OptionalInt pid,
    String process,
    Optional<String> path,
    long address,
    long gpa) {

  static Owner of(RunEntry run, long offset) {
    return new Owner(
        run.machineId(),
        run.space(),
        run.pid(),
        run.name(),
        run.path(),
        run.start() + offset,
        run.gpa() == RunEntry.NONE ? RunEntry.NONE : run.gpa() + offset);
  }

  /** How little it says that this is an owner: a kernel maps all memory, a process its own. */
  int distance() {
    return switch (space) {
      case USER -> 0;
      case PHYSICAL -> 1;
      case KERNEL -> 2;
    };
  }
}
